import { Deque } from '../deque.ts'

/**
 * Inputs that are pushed by who has them, when there is room for them: the other way round than `InputReader`, which reads
 * them. Never more than so many are there and not `released`.
 */
export class PushedInputs {
  /** Told that there is something to take, or nothing more to come. */
  onNews = () => {}
  /** Told that there is room again. */
  onRoom = () => {}
  readonly #items = new Deque<unknown>()
  #limit: number
  #held = 0
  #state: 'open' | 'ended' | 'stopped' = 'open'
  #error: { readonly error: unknown } | undefined

  constructor(limit: number) {
    this.#limit = limit
  }

  /** How many more may be pushed. */
  get room(): number {
    return this.#state === 'open' ? this.#limit - this.#held : 0
  }

  push(item: unknown): void {
    if (this.#state !== 'open') return
    this.#held++
    this.#items.push(item)
    this.onNews()
  }

  /** Nothing more comes; because of an error, if there is one, which comes after the results of what was pushed. */
  end(error?: { readonly error: unknown }): void {
    if (this.#state !== 'open') return
    this.#state = 'ended'
    this.#error = error
    this.onNews()
  }

  get length(): number {
    return this.#items.length
  }

  get finished(): boolean {
    return this.#state !== 'open' && this.#held === 0
  }

  get failed(): boolean {
    return this.#error !== undefined
  }

  take(count: number): unknown[] {
    const taken: unknown[] = []
    while (taken.length < count && this.#items.length > 0) taken.push(this.#items.shift())
    return taken
  }

  putBack(items: readonly unknown[]): void {
    for (let i = items.length - 1; i >= 0; i--) this.#items.unshift(items[i])
  }

  release(count: number): void {
    this.#held -= count
    if (this.room > 0) this.onRoom()
  }

  takeError(): { readonly error: unknown } | undefined {
    const error = this.#error
    this.#error = undefined
    return error
  }

  unbound(): void {
    this.#limit = Number.POSITIVE_INFINITY
    this.onRoom()
  }

  stop(): void {
    this.#items.clear()
    this.#held = 0
    this.#state = 'stopped'
  }

  read(): void {}
}
