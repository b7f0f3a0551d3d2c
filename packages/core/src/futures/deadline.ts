import type { Clock, Timer } from '../clock.ts'
import { LONGEST_MS } from '../clock.ts'
import { TimeoutError } from '../errors.ts'
import type { Keeper } from '../pool/imap.ts'

/** When patience ends, counted from now on: looked at only while somebody waits, who is then told. */
export class Deadline implements Keeper {
  readonly context: { readonly clock: Clock }
  readonly ledger = this
  readonly #timeout: number
  readonly #at: number
  #timer: Timer
  #passed = false
  /** Told when it passes while somebody waits. */
  onPassed = () => {}

  constructor(clock: Clock, timeout = Number.POSITIVE_INFINITY) {
    this.context = { clock }
    this.#timeout = timeout
    this.#at = clock.now() + timeout
  }

  get passed(): boolean {
    return this.#passed || this.context.clock.now() >= this.#at
  }

  /** What is refused when it has passed. */
  error(what: string): TimeoutError {
    return new TimeoutError(`${what} within ${this.#timeout} ms`)
  }

  /** Somebody waits, or nobody any more. */
  awaited(change: 1 | -1): void {
    const { clock } = this.context
    if (change < 0) return clock.clearTimer(this.#timer)
    const ms = this.#at - clock.now()
    if (ms > LONGEST_MS) return
    const pass = () => {
      this.#passed = true
      this.onPassed()
    }
    this.#timer = clock.setTimer(pass, Math.max(0, ms))
  }
}
