import { CancelledError, InvalidStateError, TimeoutError } from '../errors.ts'
import type { WaitOptions } from '../lessee.ts'
import { refusedWait } from '../options.ts'
import { patience } from '../pool/patience.ts'
import { printFailure } from '../pool/pool-options.ts'
import { runtime } from '../runtime.ts'
import { describe } from './describe.ts'

/** What has become of it so far. `notified`: it was cancelled, and whoever was to work on it has taken note. */
export type FutureState<T> =
  | { readonly is: 'pending' | 'running' | 'cancelled' | 'notified' }
  | { readonly is: 'returned'; readonly value: T }
  | { readonly is: 'raised'; readonly error: unknown }

/** Who works on what a future stands for, if that does not call `setRunningOrNotifyCancel` itself. */
export interface FutureSource {
  /** What it is the future of, in words. */
  readonly what: string
  /** Whether it has begun. */
  begun(): boolean
  /** Sees to it that it never begins; false: it has begun. */
  withdraw(): boolean
}

/** How Node asks an object what it looks like. */
const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never

/**
 * What a call will have come to: Python's `concurrent.futures.Future`. It can be awaited, any number of times; to wait for
 * it with a timeout, and to stop waiting, changes nothing about the call. A failure that nobody looks at does no harm.
 *
 *     pending ──► running ──► returned, raised
 *        └──► cancelled ──► notified
 *
 * Executors make futures. Who makes one himself sets its outcome himself.
 *
 * @example
 * const future = executor.submit(tasks.square, 3)
 * console.log(await future) // 9
 */
export class Future<T = unknown> implements PromiseLike<T> {
  #state: FutureState<T> = { is: 'pending' }
  readonly #source: FutureSource | undefined
  /** Told once, when it is done. */
  #onDone: Set<() => void> | undefined
  /** Told once, when it is done and whoever was to work on it knows. */
  #onSettled: Set<() => void> | undefined

  /** @internal `source` is for executors. */
  constructor(source?: FutureSource) {
    this.#source = source
  }

  /**
   * Cancels what has not been begun: true, and it never will be. False: it was begun, or is done. What was cancelled
   * rejects with CancelledError.
   */
  cancel(): boolean {
    const { is } = this.#state
    if (is === 'cancelled' || is === 'notified') return true
    if (is !== 'pending' || this.#source?.withdraw() === false) return false
    this.#become({ is: 'cancelled' })
    // A callback may have done this.
    if (this.#source !== undefined && this.#state.is === 'cancelled') this.setRunningOrNotifyCancel()
    return true
  }

  /** Whether it was cancelled before it was begun. */
  cancelled(): boolean {
    return this.#state.is === 'cancelled' || this.#state.is === 'notified'
  }

  /** Whether it was begun and is not done: of a task, whether a worker has begun it, and not just been sent it. */
  running(): boolean {
    return this.#is === 'running'
  }

  /** Whether it was cancelled, or has its outcome. */
  done(): boolean {
    return this.#state.is !== 'pending' && this.#state.is !== 'running'
  }

  /**
   * Resolves with the result, or rejects with the error.
   *
   * @throws TimeoutError after `timeout` ms; it goes on all the same
   * @throws CancelledError if it was cancelled
   */
  async result(options: WaitOptions = {}): Promise<T> {
    if (!this.done()) await this.#untilDone(options)
    const outcome = this.outcome!
    if ('error' in outcome) throw outcome.error
    return outcome.value
  }

  /**
   * Resolves with the error, or with null if there is a result.
   *
   * @throws TimeoutError after `timeout` ms; it goes on all the same
   * @throws CancelledError if it was cancelled
   */
  async exception(options: WaitOptions = {}): Promise<unknown> {
    if (!this.done()) await this.#untilDone(options)
    if (this.cancelled()) throw (this.outcome as { error: unknown }).error
    return this.#state.is === 'raised' ? this.#state.error : null
  }

  /**
   * Has `callback` called with the future when it is done, at once if it is: Python's `add_done_callback`. They are called
   * in the order in which they were added. What one throws is written to standard error.
   */
  addDoneCallback(callback: (future: this) => unknown): void {
    if (typeof callback !== 'function') throw new TypeError(`a callback must be a function, not ${String(callback)}`)
    if (this.done()) this.#call(callback)
    else this.#whenDone(() => this.#call(callback))
  }

  /** For whoever works on it: true, and it runs from now on; or false, it was cancelled. */
  setRunningOrNotifyCancel(): boolean {
    const { is } = this.#state
    if (is === 'pending') {
      this.#state = { is: 'running' }
      return true
    }
    if (is !== 'cancelled') throw new InvalidStateError(`what has begun or is done cannot begin: ${this}`)
    this.#become({ is: 'notified' })
    return false
  }

  /**
   * For whoever works on it: the result.
   * @throws InvalidStateError if it was cancelled, or has its outcome
   */
  setResult(value: T): void {
    this.#conclude({ is: 'returned', value })
  }

  /**
   * For whoever works on it: the error.
   * @throws InvalidStateError if it was cancelled, or has its outcome
   */
  setException(error: unknown): void {
    this.#conclude({ is: 'raised', error })
  }

  /** As a promise. */
  // biome-ignore lint/suspicious/noThenProperty: it can be awaited
  then<A = T, B = never>(
    onReturned?: ((value: T) => A | PromiseLike<A>) | null,
    onRaised?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.result().then(onReturned, onRaised)
  }

  /** `<Future state=finished returned number>` */
  toString(): string {
    const of = this.#source === undefined ? '' : ` of ${this.#source.what}`
    return `<Future${of} state=${describe({ ...this.#state, is: this.#is } as FutureState<unknown>)}>`
  }

  /** @internal */
  [INSPECT](): string {
    return this.toString()
  }

  /** @internal Whether it is done, and whoever was to work on it knows: what `wait()` calls done. */
  get settled(): boolean {
    return this.done() && this.#state.is !== 'cancelled'
  }

  /** @internal Its result, or its error, once it is done. */
  get outcome(): { readonly value: T } | { readonly error: unknown } | undefined {
    if (!this.done()) return undefined
    const state = this.#state
    if (state.is === 'returned' || state.is === 'raised') return state
    return { error: new CancelledError(`${this.#what} was cancelled`) }
  }

  /** @internal */
  get failed(): boolean {
    return this.#state.is === 'raised'
  }

  /** @internal Calls back once it is settled, which it is not; returns how to prevent that. */
  whenSettled(listener: () => void): () => void {
    this.#onSettled ??= new Set()
    const listeners = this.#onSettled.add(listener)
    return () => listeners.delete(listener)
  }

  get #is(): FutureState<T>['is'] {
    const { is } = this.#state
    return is === 'pending' && this.#source?.begun() === true ? 'running' : is
  }

  get #what(): string {
    return this.#source === undefined ? 'the future' : `the future of ${this.#source.what}`
  }

  #conclude(state: FutureState<T>): void {
    if (this.done()) throw new InvalidStateError(`the outcome of a future is set once, and not after cancel(): ${this}`)
    this.#become(state)
  }

  #become(state: FutureState<T>): void {
    this.#state = state
    const done = this.#onDone
    const settled = state.is === 'cancelled' ? undefined : this.#onSettled
    this.#onDone = undefined
    if (done !== undefined) for (const tell of done) tell()
    if (settled === undefined) return
    this.#onSettled = undefined
    for (const tell of settled) tell()
  }

  #whenDone(tell: () => void): void {
    this.#onDone ??= new Set()
    this.#onDone.add(tell)
  }

  #untilDone(options: WaitOptions): Promise<void> {
    const refused = refusedWait(options)
    if (refused !== undefined) return Promise.reject(refused)
    const { timeout, signal } = options
    if (signal?.aborted) return Promise.reject(signal.reason)
    if (timeout !== undefined && !(timeout > 0))
      return Promise.reject(new TimeoutError(`${this.#what} is not done: ${this}`))
    return new Promise((resolve, reject) => {
      const end = patience(options, runtime().context.clock, this.#what, (reason) => {
        this.#onDone?.delete(tell)
        end?.()
        reject(reason)
      })
      const tell = () => {
        end?.()
        resolve()
      }
      this.#whenDone(tell)
    })
  }

  #call(callback: (future: this) => unknown): void {
    const failed = (error: unknown) => printFailure(`a callback of ${this}`, error)
    try {
      const returned = callback(this)
      if (returned instanceof Promise) returned.catch(failed)
    } catch (error) {
      failed(error)
    }
  }
}
