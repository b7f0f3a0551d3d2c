import { offAbort, onAbort } from './abort-signal.ts'
import { type Clock, LONGEST_MS } from './clock.ts'
import { TimeoutError } from './errors.ts'
import type { WaitOptions } from './lessee.ts'
import { checkWait } from './options.ts'

/**
 * How long an operation of several steps may take, user code among them. When it is over, what is under way is not waited
 * for any longer, and no further step may begin.
 */
export class Deadline {
  readonly #clock: Clock
  readonly #operation: string
  readonly #of: { readonly name: string }
  readonly #timeout: number | undefined
  readonly #signal: WaitOptions['signal']
  /** Undefined: never, or, if it is not to wait at all, before a second attempt. */
  readonly #end: number | undefined

  /** @param of on what it is done, for the error */
  constructor(clock: Clock, operation: string, of: { readonly name: string }, options: WaitOptions = NEVER) {
    checkWait(options)
    const { timeout, signal } = options
    this.#clock = clock
    this.#operation = operation
    this.#of = of
    this.#timeout = timeout
    this.#signal = signal
    this.#end = timeout !== undefined && timeout > 0 && timeout <= LONGEST_MS ? clock.now() + timeout : undefined
  }

  /** What is left of it, for a step that knows how to wait. */
  get left(): WaitOptions {
    const timeout = this.#end === undefined ? this.#timeout : Math.max(0, this.#end - this.#clock.now())
    return { timeout, signal: this.#signal }
  }

  /** Before each step. @throws TimeoutError, or the signal's reason */
  check(): void {
    if (this.#signal?.aborted) throw this.#signal.reason
    if (this.#end !== undefined && this.#clock.now() >= this.#end) throw this.late()
  }

  /** Before what was done in vain is done again: as `check`, and not if it is not to wait at all. */
  again(): void {
    this.check()
    if (this.#timeout !== undefined && !(this.#timeout > 0)) throw this.late()
  }

  /** What a step comes to, or a rejection as soon as it is over. */
  async during<T>(step: () => T | Promise<T>): Promise<T> {
    const result = step()
    if (!(result instanceof Promise) || (this.#end === undefined && this.#signal === undefined)) return result
    return this.#race(result)
  }

  late(): TimeoutError {
    const what = `${this.#operation}() of ${this.#of.name}`
    return new TimeoutError(`${what} took longer than ${this.#timeout} ms: wait longer, or look for who is busy`)
  }

  #race<T>(result: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const signal = this.#signal
      const end = () => {
        if (signal !== undefined) offAbort(signal, aborted)
        if (timer !== undefined) this.#clock.clearTimer(timer)
      }
      const settle = (settled: () => void) => {
        end()
        settled()
      }
      const aborted = () => settle(() => reject(signal?.reason))
      const timer =
        this.#end === undefined
          ? undefined
          : this.#clock.setTimer(() => settle(() => reject(this.late())), Math.max(0, this.#end - this.#clock.now()))
      if (signal !== undefined) onAbort(signal, aborted)
      result.then(
        (value) => settle(() => resolve(value)),
        (error) => settle(() => reject(error)),
      )
    })
  }
}

const NEVER: WaitOptions = {}
