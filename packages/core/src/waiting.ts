import { type AbortSignal, offAbort, onAbort } from './abort-signal.ts'
import { ValueError } from './errors.ts'
import type { WaitOptions } from './lessee.ts'
import { checkWait } from './options.ts'
import { runtime } from './runtime.ts'

/** Marks what `wait` can wait for. */
export const READY: unique symbol = Symbol.for('millrace.ready') as never

/** A connection or queue with something to take, a process that has ended. */
export interface Waitable {
  /** @internal Resolves with whether it became ready in time; takes nothing. */
  [READY](options: WaitOptions): Promise<boolean>
}

/**
 * Waits until at least one of several things is ready, and resolves with those that are: Python's
 * `multiprocessing.connection.wait`. A connection is ready when `recv` would not wait, also because it would reject
 * with EndOfFileError; a queue when there is an item; a process when it has ended. Nothing is taken.
 *
 * @param options.timeout milliseconds; after them it resolves with an empty array
 * @throws ClosedError if one of them is closed in this process
 * @example
 * for (const connection of await wait([a, b], { timeout: 1_000 })) console.log(await connection.recv())
 */
export async function wait<T extends Waitable>(objects: Iterable<T>, options: WaitOptions = {}): Promise<T[]> {
  checkWait(options)
  const { timeout, signal } = options
  if (signal?.aborted) throw signal.reason
  const all = [...new Set(objects)]
  for (const each of all)
    if (each?.[READY] === undefined)
      throw new ValueError(`wait() is for connections, queues and processes, not ${each}`)
  const atOnce = await Promise.all(all.map((each) => each[READY]({ timeout: 0, signal })))
  if (atOnce.includes(true) || (timeout !== undefined && !(timeout > 0))) return all.filter((_, i) => atOnce[i])
  return new Promise((resolve, reject) => new Wait(all, resolve, reject).begin(timeout, signal))
}

/** One call of `wait`, and the signal that ends what it has pending at its objects. */
class Wait<T extends Waitable> implements AbortSignal {
  aborted = false
  readonly #objects: readonly T[]
  readonly #resolve: (ready: T[]) => void
  readonly #reject: (reason: unknown) => void
  readonly #ready = new Set<T>()
  readonly #listeners = new Set<() => void>()

  constructor(objects: readonly T[], resolve: (ready: T[]) => void, reject: (reason: unknown) => void) {
    this.#objects = objects
    this.#resolve = resolve
    this.#reject = reject
  }

  begin(timeout: number | undefined, signal: AbortSignal | undefined): void {
    if (signal?.aborted) return this.#reject(signal.reason)
    if (this.#objects.length === 0) {
      if (timeout === undefined || timeout === Number.POSITIVE_INFINITY)
        return this.#reject(new ValueError('wait() for nothing, without a timeout, would never end'))
      this.#sleep(timeout)
    }
    const aborted = () => this.#end(() => this.#reject(signal!.reason))
    if (signal !== undefined) {
      onAbort(signal, aborted)
      this.#listeners.add(() => offAbort(signal, aborted))
    }
    for (const object of this.#objects) this.#watch(object, timeout)
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.add(listener)
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.delete(listener)
  }

  #sleep(timeout: number): void {
    const { context } = runtime()
    context.pending(1)
    const timer = context.clock.setTimer(() => this.#end(() => this.#resolve([])), timeout)
    this.#listeners.add(() => {
      context.clock.clearTimer(timer)
      context.pending(-1)
    })
  }

  #watch(object: T, timeout: number | undefined): void {
    object[READY]({ timeout, signal: this }).then(
      (ready) => {
        if (ready) this.#ready.add(object)
        // What became ready at the same time is reported with it.
        void Promise.resolve().then(() =>
          this.#end(() => this.#resolve(this.#objects.filter((each) => this.#ready.has(each)))),
        )
      },
      (reason) => this.#end(() => this.#reject(reason)),
    )
  }

  #end(settle: () => void): void {
    if (this.aborted) return
    this.aborted = true
    for (const listener of [...this.#listeners]) listener()
    settle()
  }
}
