import { type Arrival, placeOf } from './base-queue.ts'
import { TimeoutError } from './errors.ts'
import { releaseNow, releaseWhenGarbage } from './garbage.ts'
import { type Guard, PermitGuard } from './guard.ts'
import { HANDLE, type HandleState } from './handle.ts'
import type { WaitOptions } from './lessee.ts'
import { type InteropObservable, OBSERVABLE } from './observable.ts'
import { type Acquisition, PermitChannel } from './permit-channel.ts'
import { VALUE } from './primitives/semaphore.ts'
import { iterateState, observeState, type Watched } from './state-observable.ts'

/** How long to wait for a permit. */
export interface AcquireOptions extends WaitOptions {
  /** False: not at all, as `timeout: 0`. Python's `block`. */
  readonly block?: boolean | undefined
}

/** What locks and semaphores can do. */
export abstract class PermitHandle<State = unknown, Options extends AcquireOptions = AcquireOptions>
  implements Watched
{
  /** @internal */
  readonly [HANDLE]: HandleState
  /** @internal */
  protected readonly channel: PermitChannel
  #abandoned: string | undefined

  /** @internal */
  constructor(kind: string, options: object, arrival: Arrival | undefined) {
    const { context, id } = placeOf(kind, arrival)
    this[HANDLE] = { kind, id, options }
    this.channel = new PermitChannel(context, this, id, kind, arrival === undefined ? options : null)
    releaseWhenGarbage(this, { channel: this.channel, id, mayRelease: () => true })
  }

  /**
   * Waits for a permit, in the order in which processes asked, and resolves with whether there was one in time: Python's
   * `acquire`. With a timeout (milliseconds) of 0 or less, or `block: false`, it does not wait. A process that acquires
   * again what it released last needs no round trip.
   *
   * @throws the signal's reason when it is aborted; no permit is taken then
   * @throws ClosedError after `close()`
   */
  acquire(options?: Options): Promise<boolean> {
    if (options !== undefined || !this.channel.take()) return this.obtain(ACQUIRED, options)
    this.#abandoned = undefined
    return this.channel.heard(TRUE)
  }

  /** As `acquire`, without waiting: Python's `acquire(block=False)`. */
  acquireNowait(): Promise<boolean> {
    return this.acquire(NOWAIT as Options)
  }

  /** @internal Whether this process holds one: for a condition. */
  get isHeld(): boolean {
    return this.channel.used > 0
  }

  /** Releases a permit: Python's `release`. */
  abstract release(options?: Options): Promise<void>

  /** Whether `acquire` would have to wait now: Python's `locked`. */
  async locked(): Promise<boolean> {
    return (await this.channel.call(VALUE)) === 0
  }

  /**
   * Which process died with the permit that this process acquired last, if nobody had been told before; `hold` says it of
   * each permit.
   */
  get abandoned(): string | undefined {
    return this.#abandoned
  }

  /**
   * As `acquire`, for a scope: `using guard = await lock.hold()` releases when the scope ends, however it does.
   *
   * @throws TimeoutError after `timeout` ms
   */
  hold(options?: Options): Promise<Guard> {
    const acquired = (name: string | undefined) => new PermitGuard(name, () => this.release(options))
    return this.obtain({ acquired, expired: this.#late }, options)
  }

  /** Calls the function with a permit acquired, and releases that afterwards, also if the function throws. */
  async withPermit<T>(run: (guard: Guard) => T | Promise<T>, options?: Options): Promise<T> {
    const guard = await this.hold(options)
    try {
      return await run(guard)
    } finally {
      await guard.release()
    }
  }

  /**
   * This process acquires no more: what waits is rejected with ClosedError, and the permits that it holds are released, as
   * abandoned. The others go on. Calling it twice does no harm.
   */
  async close(): Promise<void> {
    if (!this.channel.closed) releaseNow(this, this.channel, this[HANDLE].id)
  }

  /** Calls `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** The state now, and each change of it until it is closed here: what changes within one turn is one change. */
  [OBSERVABLE](): InteropObservable<State> {
    return observeState(this, this.stateAt)
  }

  /** As the Observable, for a loop. */
  [Symbol.asyncIterator](): AsyncGenerator<State, void> {
    return iterateState(this, this.stateAt)
  }

  /** @internal What users see of so many free permits. */
  protected abstract readonly stateAt: (value: number) => State

  /** @internal For `observeState`. */
  watch(seen: number | undefined, next: (value: number) => void, over: (error: unknown) => void): () => void {
    return this.channel.watch(seen, next, over)
  }

  /** @internal */
  protected obtain<T>({ acquired, expired }: Acquisition<T>, options: Options | undefined): Promise<T> {
    const noted = (name: string | undefined): T => {
      this.#abandoned = name
      return acquired(name)
    }
    return this.channel.acquire(
      { acquired: noted, expired },
      options?.block === false ? { ...options, timeout: 0 } : options,
    )
  }

  readonly #late = (): never => {
    throw new TimeoutError(`${this.channel.name} was not released in time: wait longer, or look for who holds it`)
  }
}

/** What locks can do besides; their state is whether they are held. */
export abstract class LockHandle<Options extends AcquireOptions = AcquireOptions> extends PermitHandle<
  boolean,
  Options
> {
  /** @internal */
  protected readonly stateAt = isHeldAt

  /** Calls the function with the lock held, and releases it afterwards, also if the function throws. */
  withLock<T>(run: (guard: Guard) => T | Promise<T>, options?: Options): Promise<T> {
    return this.withPermit(run, options)
  }
}

const isHeldAt = (value: number) => value === 0

export const ACQUIRED: Acquisition<boolean> = { acquired: () => true, expired: () => false }
export const TRUE = Promise.resolve(true)
export const DONE = Promise.resolve()
const NOWAIT: AcquireOptions = { timeout: 0 }
