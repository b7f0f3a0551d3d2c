import { type AbortSignal, offAbort, onAbort } from '../abort-signal.ts'
import { LONGEST_MS } from '../clock.ts'
import { CancelledError, TimeoutError, ValueError } from '../errors.ts'
import { STAYS } from '../handle.ts'
import type { WaitOptions } from '../lessee.ts'
import { runtime } from '../runtime.ts'
import { checkPatience } from './task-options.ts'

type State<T> =
  | { readonly is: 'pending' }
  | { readonly is: 'done'; readonly value: T }
  | { readonly is: 'failed'; readonly error: unknown }

/** What can still be done about a result. */
export interface ResultSource {
  /** What it is the result of, in words. */
  readonly what: string
  /** Gives up what leads to it, for that reason, which becomes the result. */
  abort(reason: unknown): void
}

/**
 * The result of what a pool was given to do: Python's `AsyncResult`. It can be awaited, any number of times.
 *
 * @example
 * const result = pool.applyAsync(tasks.square, [3])
 * console.log(await result) // 9
 */
export class AsyncResult<T> implements PromiseLike<T> {
  /** @internal */
  get [STAYS](): string {
    return 'await it, and send the result'
  }
  #state: State<T> = { is: 'pending' }
  readonly #waiting = new Set<() => void>()
  readonly #source: ResultSource
  /** How many want it, whatever becomes of those that give up. */
  #interested = 0
  #promise: Promise<T> | undefined

  /** @internal */
  constructor(source: ResultSource) {
    this.#source = source
  }

  /**
   * Resolves with the result, or rejects with its error. Who does not want to wait any longer gives the task up: after
   * `timeout` ms, or when the signal is aborted, it is cancelled, unless somebody else waits for it. `wait` just looks.
   *
   * @throws TimeoutError after `timeout` ms
   * @throws TypeError at a timeout that is no number
   */
  async get(options: WaitOptions = {}): Promise<T> {
    checkPatience(options)
    const { timeout, signal } = options
    this.#interested++
    try {
      if (await this.#until(timeout, signal)) return this.#outcome()
    } finally {
      this.#interested--
    }
    const reason = signal?.aborted
      ? signal.reason
      : new TimeoutError(`${this.#source.what} was not done within ${timeout} ms`)
    if (this.#interested === 0) this.#source.abort(reason)
    throw reason
  }

  /** Resolves when there is a result or an error, or after `timeout` ms, and tells whether there is. */
  async wait(options: WaitOptions = {}): Promise<boolean> {
    checkPatience(options)
    return this.#until(options.timeout, options.signal)
  }

  /** Whether there is a result or an error. */
  ready(): boolean {
    return this.#state.is !== 'pending'
  }

  /**
   * Whether there is a result, and no error.
   * @throws ValueError before there is either
   */
  successful(): boolean {
    if (this.#state.is === 'pending') throw new ValueError(`${this.#source.what} is not done: wait() for it`)
    return this.#state.is === 'done'
  }

  /** Gives the task up; one that is under way is told by its `signal`. False: it was done already. Python has no such. */
  cancel(reason: unknown = new CancelledError(`${this.#source.what} was cancelled`)): boolean {
    if (this.ready()) return false
    this.#source.abort(reason)
    return true
  }

  /** As a promise. */
  // biome-ignore lint/suspicious/noThenProperty: it can be awaited
  then<A = T, B = never>(
    onDone?: ((value: T) => A | PromiseLike<A>) | null,
    onFailed?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#interested++
    this.#promise ??= this.#until(undefined, undefined).then(() => this.#outcome())
    return this.#promise.then(onDone, onFailed)
  }

  /** @internal */
  resolve(value: T): void {
    this.#settle({ is: 'done', value })
  }

  /** @internal */
  reject(error: unknown): void {
    this.#settle({ is: 'failed', error })
  }

  #settle(state: State<T>): void {
    if (this.#state.is !== 'pending') return
    this.#state = state
    for (const tell of this.#waiting) tell()
    this.#waiting.clear()
  }

  #outcome(): T {
    if (this.#state.is === 'done') return this.#state.value
    throw this.#state.is === 'failed' ? this.#state.error : new ValueError('not done')
  }

  #until(timeout: number | undefined, signal: AbortSignal | undefined): Promise<boolean> {
    if (this.ready()) return Promise.resolve(true)
    if (signal?.aborted || (timeout !== undefined && !(timeout > 0))) return Promise.resolve(false)
    const { clock } = runtime().context
    return new Promise((resolve) => {
      const settle = () => {
        this.#waiting.delete(settle)
        if (timer !== undefined) clock.clearTimer(timer)
        if (signal !== undefined) offAbort(signal, settle)
        resolve(this.ready())
      }
      const timer = timeout === undefined || timeout > LONGEST_MS ? undefined : clock.setTimer(settle, timeout)
      if (signal !== undefined) onAbort(signal, settle)
      this.#waiting.add(settle)
    })
  }
}
