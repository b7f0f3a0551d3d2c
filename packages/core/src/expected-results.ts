import type { Context } from './context.ts'

/**
 * Keeps the program while somebody waits for results of which it is known that they will come: those of items that were sent,
 * or of the end. It ends where nothing can come any more because the source has no more to give, and does not say so.
 */
export class ExpectedResults {
  readonly #context: Context
  #count = 0
  #ending = false
  /** So many wait for something to come. */
  #waiting = 0
  #keeps = false

  constructor(context: Context) {
    this.#context = context
  }

  /** One is to come. */
  sent(): void {
    this.#count++
    this.#check()
  }

  came(): void {
    if (this.#count > 0) this.#count--
    this.#check()
  }

  /** Nothing more is sent: the last results come, and the end. */
  end(): void {
    this.#ending = true
    this.#check()
  }

  waits(change: 1 | -1): void {
    this.#waiting += change
    this.#check()
  }

  #check(): void {
    const keeps = this.#waiting > 0 && (this.#count > 0 || this.#ending)
    if (keeps === this.#keeps) return
    this.#keeps = keeps
    this.#context.pending(keeps ? 1 : -1)
  }
}
