import { InputsAhead } from './inputs-ahead.ts'

/** Inputs that are pushed by who has them, when there is room for them: the other way round than with `InputReader`. */
export class PushedInputs extends InputsAhead {
  /** Told that there is something to take, or nothing more to come. */
  onNews = () => {}
  /** Told that there is room again. */
  onRoom = () => {}
  #state: 'open' | 'ended' | 'stopped' = 'open'

  /** How many more may be pushed. */
  get room(): number {
    return this.#state === 'open' ? this.limit - this.held : 0
  }

  push(item: unknown): void {
    if (this.#state !== 'open') return
    this.held++
    this.items.push(item)
    this.onNews()
  }

  /** Nothing more comes; because of an error, if there is one, which comes after the results of what was pushed. */
  end(error?: { readonly error: unknown }): void {
    if (this.#state !== 'open') return
    this.#state = 'ended'
    this.error = error
    this.onNews()
  }

  /** Drops the oldest one that was not taken; false if all were. */
  dropOldest(): boolean {
    if (this.items.length === 0) return false
    this.items.shift()
    this.held--
    return true
  }

  get over(): boolean {
    return this.#state !== 'open'
  }

  release(count: number): void {
    this.held -= count
    if (this.room > 0) this.onRoom()
  }

  read(): void {}

  override stop(): void {
    super.stop()
    this.#state = 'stopped'
  }
}
