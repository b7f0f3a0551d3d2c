import { offAbort, onAbort } from '../abort-signal.ts'
import { type Clock, LONGEST_MS } from '../clock.ts'
import { Deque } from '../deque.ts'
import { TimeoutError } from '../errors.ts'
import type { WaitOptions } from '../lessee.ts'
import { type InteropObservable, type InteropObserver, OBSERVABLE } from '../observable.ts'
import { printFailure } from './pool-options.ts'
import { checkPatience } from './task-options.ts'
import { tell } from './tell.ts'
import type { Emission } from './words.ts'

/** Where an iterator's values come from. */
export interface ValueSource {
  /** The next value, or error, that is here; undefined: none is, yet. */
  take(): Emission | undefined
  /** Whether nothing more will come. */
  readonly ended: boolean
  /** Nobody wants more. */
  stop(reason: unknown): void
}

/** Keeps the program from ending while somebody waits: the crew of a pool. */
export interface Keeper {
  readonly context: { readonly clock: Clock }
  readonly ledger: { awaited(change: 1 | -1): void }
}

interface Waiter {
  resolve(result: IteratorResult<unknown, undefined>): void
  reject(reason: unknown): void
}

const DONE = { done: true, value: undefined } as const

/**
 * The results of `imap`, one after the other: Python's `IMapIterator`. A call that failed rejects `next()`, and the
 * results of the others follow. To leave a loop over it is to give up what was not taken.
 */
export class ImapIterator<T> implements AsyncIterableIterator<T, undefined>, InteropObservable<T> {
  readonly #keeper: Keeper
  readonly #source: ValueSource
  readonly #waiting = new Deque<Waiter>()
  /** For whom something is being taken: that may read inputs, which is the user's code and may end all of it. */
  #serving: Waiter | undefined
  #stopped = false

  /** @internal `start` is given what to call when there may be something to take. */
  constructor(keeper: Keeper, start: (onNews: () => void) => ValueSource) {
    this.#keeper = keeper
    this.#source = start(() => this.#serve())
  }

  /**
   * The next result, or the error of the next call.
   * @throws TimeoutError after `timeout` ms; the result is still there for a later `next()`
   */
  next(options?: WaitOptions): Promise<IteratorResult<T, undefined>> {
    try {
      if (options !== undefined) checkPatience(options)
    } catch (error) {
      return Promise.reject(error)
    }
    if (this.#waiting.length === 0) {
      const emission = this.#source.take()
      if (emission !== undefined) return settled(emission) as Promise<IteratorResult<T, undefined>>
      if (this.#source.ended || this.#stopped) return Promise.resolve(DONE)
    }
    return this.#wait(options) as Promise<IteratorResult<T, undefined>>
  }

  /**
   * The next result, if it is here: for another stage, which takes all that is and waits by `next` for what is not.
   * @internal
   */
  takeNow(): IteratorResult<T, undefined> | undefined {
    const emission = this.#waiting.length === 0 ? this.#source.take() : undefined
    if (emission === undefined) return undefined
    if (emission.length === 2) throw emission[0]
    return { done: false, value: emission[0] as T }
  }

  /** Gives up what was not taken: no more inputs are read, and what is under way is told to stop. */
  async return(): Promise<IteratorResult<T, undefined>> {
    this.#stop()
    return DONE
  }

  /** Gives up the rest, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop()
  }

  /** Itself: there is one way through the results. */
  [Symbol.asyncIterator](): this {
    return this
  }

  /**
   * Hands out what comes to one subscriber; the first error ends that. What the observer throws is written to standard
   * error, and the next result follows. `from(pool.imap(...))` of RxJS works.
   */
  subscribe(observer: InteropObserver<T>): { unsubscribe(): void } {
    const pull = (): void => {
      if (observer.closed === true) return this.#stop()
      this.next().then(
        ({ done, value }) => {
          if (this.#stopped) return
          if (done) return tell(() => observer.complete?.(), failed)
          tell((each) => observer.next?.(each), failed, value as T)
          pull()
        },
        (error) => {
          this.#stop()
          tell((each) => observer.error?.(each), failed, error as unknown)
        },
      )
    }
    pull()
    return { unsubscribe: () => this.#stop() }
  }

  /** For RxJS's `from`. */
  [OBSERVABLE](): InteropObservable<T> {
    return this
  }

  #stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    this.#source.stop(new Error('nobody takes the results any more'))
    this.#serve()
  }

  #serve(): void {
    if (this.#serving !== undefined) return
    while (this.#waiting.length > 0) {
      this.#serving = this.#waiting.peek()
      const emission = this.#source.take()
      this.#serving = undefined
      if (emission === undefined && !this.#source.ended && !this.#stopped) return
      const { resolve, reject } = this.#waiting.shift()!
      if (this.#waiting.length === 0) this.#keeper.ledger.awaited(-1)
      if (emission === undefined) resolve(DONE)
      else if (emission.length === 2) reject(emission[0])
      else resolve({ done: false, value: emission[0] })
    }
  }

  #wait({ timeout, signal }: WaitOptions = {}): Promise<IteratorResult<unknown, undefined>> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    const { clock } = this.#keeper.context
    return new Promise((resolve, reject) => {
      const end = () => {
        if (timer !== undefined) clock.clearTimer(timer)
        if (signal !== undefined) offAbort(signal, onAborted)
      }
      const waiter: Waiter = {
        resolve: (result) => {
          end()
          resolve(result)
        },
        reject: (reason) => {
          end()
          reject(reason)
        },
      }
      const giveUp = (reason: unknown) => {
        if (this.#serving === waiter) return
        const others = [...this.#waiting].filter((other) => other !== waiter)
        this.#waiting.clear()
        for (const other of others) this.#waiting.push(other)
        if (others.length === 0) this.#keeper.ledger.awaited(-1)
        waiter.reject(reason)
      }
      const onAborted = () => giveUp(signal?.reason)
      const late = () => giveUp(new TimeoutError(`the next result did not come within ${timeout} ms`))
      const timer =
        timeout === undefined || timeout > LONGEST_MS ? undefined : clock.setTimer(late, Math.max(0, timeout))
      if (signal !== undefined) onAbort(signal, onAborted)
      if (this.#waiting.length === 0) this.#keeper.ledger.awaited(1)
      this.#waiting.push(waiter)
    })
  }
}

function failed(error: unknown): void {
  printFailure('an observer of the results of imap', error)
}

function settled(emission: Emission): Promise<IteratorResult<unknown, undefined>> {
  return emission.length === 2 ? Promise.reject(emission[0]) : Promise.resolve({ done: false, value: emission[0] })
}
