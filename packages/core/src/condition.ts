import type { Arrival } from './base-queue.ts'
import { CalledHandle } from './called-handle.ts'
import type { ConditionLock } from './condition-lock.ts'
import type { Context } from './context.ts'
import { OwnershipError } from './errors.ts'
import { defineHandle, HANDLE, type HandleState } from './handle.ts'
import type { WaitOptions } from './lessee.ts'
import { Lock } from './lock.ts'
import { checkWait } from './options.ts'
import { NOTIFY, UNCLAIMED, WAIT, WOKEN } from './primitives/condition.ts'

/** What travels of a condition, besides its id. */
interface ConditionOptions {
  readonly lock: HandleState
}

/**
 * Processes wait, holding a lock, until another one says that what they wait for may have come true: Python's
 * `multiprocessing.Condition`.
 *
 * A notification whose receiver dies, times out or is aborted before it has the lock again goes to the next who waited
 * with it.
 *
 * @example
 * const condition = new Condition()
 * const items: number[] = []
 * const taken = condition.withLock(async () => {
 *   await condition.waitFor(() => items.length > 0)
 *   return items.shift()
 * })
 * await condition.withLock(async () => {
 *   items.push(1)
 *   await condition.notify()
 * })
 * console.log(await taken) // 1
 */
export class Condition<L extends ConditionLock = Lock> extends CalledHandle {
  /** The lock that goes with it. */
  readonly lock: L

  /**
   * @param lock a `Lock` or an `RLock`; unless given, a new `Lock`. Python makes an `RLock`, whose holder is a thread; here it
   * would be the process, all of whose flows would then hold it together, and one that waits would give it up for all.
   */
  constructor(lock?: L)
  /** @internal */
  constructor(lock: L | undefined, arrival: Arrival | undefined)
  constructor(lock: L = new Lock() as ConditionLock as L, arrival?: Arrival) {
    if (lock?.[HANDLE] === undefined || typeof lock.isHeld !== 'boolean')
      throw new TypeError(`the lock of a Condition must be a Lock or an RLock, not ${String(lock)}`)
    super('condition', { lock: lock[HANDLE] } satisfies ConditionOptions, arrival)
    this.lock = lock
  }

  /** Acquires the lock, as its own `acquire` does. */
  acquire(options?: WaitOptions): Promise<boolean> {
    return this.lock.acquire(options)
  }

  /** Releases the lock, as its own `release` does. */
  release(): Promise<void> | void {
    return this.lock.release()
  }

  /** Acquires the lock for as long as the guard is in use, as its own `hold` does. */
  hold(options?: WaitOptions): ReturnType<L['hold']> {
    return this.lock.hold(options) as ReturnType<L['hold']>
  }

  /** Runs a function while it has the lock, as its own `withLock` does. */
  withLock<T>(run: () => T | Promise<T>, options?: WaitOptions): Promise<T> {
    return this.lock.withLock(run, options)
  }

  /**
   * Gives up the lock, waits until it is notified, and acquires the lock again. Resolves with true, or with false if no
   * notification came within `timeout` ms; an aborted signal rejects with its reason. In all cases the lock is held
   * again, which may take longer.
   *
   * Look at what you wait for again when it returns, or use `waitFor`: another process may have been quicker.
   *
   * @throws OwnershipError if this process does not hold the lock
   */
  async wait(options: WaitOptions = {}): Promise<boolean> {
    checkWait(options)
    this.#checkHeld('wait()')
    if (options.signal?.aborted) throw options.signal.reason
    // The hub hears of it before it can hear that the lock is free: nobody can notify in between.
    const [notified, depth] = await Promise.allSettled([
      this.channel.wait<number>({ operation: WAIT, expired: () => 0 }, options),
      this.#giveUpLock(),
    ])
    if (depth.status === 'rejected') throw depth.reason
    try {
      await this.#takeLock(depth.value)
    } catch (error) {
      if (notified.status === 'fulfilled' && notified.value !== 0) this.channel.tell(UNCLAIMED, notified.value)
      throw error
    }
    if (notified.status === 'rejected') throw notified.reason
    if (notified.value === 0) return false
    // Only now: a notification that nobody acts upon, since its receiver died or closed on the way to the lock, is for
    // another.
    const { refusal } = this.channel
    if (refusal !== undefined) throw refusal
    this.channel.tell(WOKEN, notified.value)
    return true
  }

  /**
   * Waits until a predicate is true, which it asks now and after every notification, holding the lock. Resolves with
   * what it returned last, which is not true if that took longer than `timeout` ms in all: Python's `wait_for`.
   *
   * @throws OwnershipError if this process does not hold the lock
   */
  async waitFor<T>(predicate: () => T | PromiseLike<T>, options: WaitOptions = {}): Promise<Awaited<T>> {
    checkWait(options)
    const { timeout, signal } = options
    this.#checkHeld('waitFor()')
    const { clock } = this.context
    const deadline = timeout === undefined ? undefined : clock.now() + timeout
    for (;;) {
      const value = await predicate()
      const left = deadline === undefined ? undefined : deadline - clock.now()
      if (value || (left !== undefined && !(left > 0))) return value
      await this.wait({ timeout: left, signal })
    }
  }

  /**
   * Wakes the first `n` of those who wait now; if there are fewer, all of them. Nothing is kept for those who come later.
   *
   * @throws OwnershipError if this process does not hold the lock
   */
  async notify(n = 1): Promise<void> {
    if (!(n >= 0)) throw new TypeError(`notify() wakes a number of processes, not ${n}`)
    this.#checkHeld('notify()')
    await this.channel.call(NOTIFY, n)
  }

  /** Wakes all who wait now: Python's `notify_all`. */
  async notifyAll(): Promise<void> {
    await this.notify(Number.POSITIVE_INFINITY)
  }

  #checkHeld(what: string): void {
    if (!this.lock.isHeld)
      throw new OwnershipError(`${what} of ${this.channel.name} needs its lock: acquire it first, or use withLock()`)
  }

  async #giveUpLock(): Promise<number> {
    if (this.lock.releaseAll !== undefined) return this.lock.releaseAll()
    await this.lock.release()
    return 1
  }

  async #takeLock(depth: number): Promise<void> {
    if (this.lock.restore === undefined) await this.lock.acquire()
    else await this.lock.restore(depth)
  }
}

function lockOf(context: Context, { lock: { kind, id, options } }: ConditionOptions): ConditionLock {
  return context.handle(kind, id, options) as ConditionLock
}

defineHandle(
  'condition',
  (context, id, options) => new Condition(lockOf(context, options as ConditionOptions), { context, id }),
)
