import { TimeoutError, ValueError } from './errors.ts'
import { type Guard, PermitGuard } from './guard.ts'
import type { WaitOptions } from './lessee.ts'
import { ABANDONED, HAND_OVER, LOCK, ownerIn, ownerOf } from './primitives/lock-word.ts'
import { ABANDONED_LOCK } from './primitives/shared-lock-state.ts'
import type { SharedBlock } from './shared-block.ts'

/** What can guard a shared value: its own lock, or any other with these. */
export interface ValueLock {
  /** Resolves with true once this process has it, with false after `timeout` ms. */
  acquire(options?: WaitOptions): Promise<boolean>
  /** Gives it up. */
  release(): unknown
}

/** How often a lock is looked at that another context has, before it is waited for: some microseconds. */
const SPINS = 2_000

const TAKEN = Promise.resolve(true)

/**
 * The lock of a shared value or array: Python's `get_lock()`. One context at a time has it, and in that one task at a
 * time. Who waits is served in order; who comes by when it gets free may go first, once. To take it when nobody has it is one step in shared memory.
 *
 * A process that dies with it gives it up: `abandoned` names it to the next one.
 */
export class SharedLock implements ValueLock {
  readonly #block: SharedBlock
  /** The words, where memory is shared, and what this context is called in them. */
  #header: Int32Array | undefined
  #me = 0
  #held = false
  #abandoned: string | undefined

  /** @internal */
  constructor(block: SharedBlock) {
    this.#block = block
  }

  /** Whether this context took it, by `acquire`, `hold` or `withLock`. */
  get held(): boolean {
    return this.#held
  }

  /**
   * Which process died with the lock that this process acquired last, if nobody had been told before: what it guards may
   * have to be repaired. Undefined otherwise. `set` and `update` of a value take the lock and leave the news to others.
   */
  get abandoned(): string | undefined {
    return this.#abandoned
  }

  /**
   * Takes the lock, waiting while somebody has it; false if that took longer than `timeout` ms.
   *
   * @throws the signal's reason when it is aborted; the lock is not taken then
   * @example
   * const lock = new SharedValue('int32', 0).getLock()
   * if (await lock.acquire({ timeout: 1_000 })) lock.release()
   */
  acquire(options?: WaitOptions): Promise<boolean> {
    if (options?.signal?.aborted || !this.takeNow()) return this.#acquireLater(options)
    this.#held = true
    this.#abandoned = undefined
    return Atomics.load(this.#header!, ABANDONED) === 0 ? TAKEN : this.#learnWhoDied()
  }

  /** Takes it if nobody has it: Python's `acquire(False)`. */
  acquireNowait(): Promise<boolean> {
    return this.acquire({ timeout: 0 })
  }

  /** @throws ValueError if this context has not taken it */
  release(): void {
    if (!this.#held) throw new ValueError('release() of a lock that this process has not acquired')
    this.#held = false
    this.drop()
  }

  /**
   * As `acquire`, for a scope: `using guard = await lock.hold()` releases when the scope ends, however it does.
   *
   * @throws TimeoutError after `timeout` ms
   */
  async hold(options?: WaitOptions): Promise<Guard> {
    if (!(await this.acquire(options))) throw this.late()
    return new PermitGuard(this.#abandoned, async () => this.release())
  }

  /**
   * Calls `fn` while this context has the lock; it is released however that ends.
   *
   * @throws TimeoutError after `timeout` ms
   */
  async withLock<T>(fn: (guard: Guard) => T | Promise<T>, options?: WaitOptions): Promise<T> {
    const guard = await this.hold(options)
    try {
      return await fn(guard)
    } finally {
      await guard.release()
    }
  }

  /** @internal */
  late(): TimeoutError {
    const { name } = this.#block.channel
    return new TimeoutError(`the lock of ${name} was not released in time: wait longer, or look for who holds it`)
  }

  /** @internal Takes it in shared memory. False: it has to be waited for. */
  takeNow(): boolean {
    const header = this.#header ?? this.#look()
    if (header === undefined) return false
    const me = this.#me
    for (let i = 0; i < SPINS; i++) {
      const word = Atomics.load(header, LOCK)
      if (word === 0) {
        if (Atomics.compareExchange(header, LOCK, 0, me) !== 0) continue
        return true
      }
      // This context itself, or somebody who has to pass it on to whoever waits.
      if (ownerIn(word) === me || (word & HAND_OVER) !== 0) return false
    }
    return false
  }

  /** @internal Waits for it at the hub, which says how it was left; undefined: it was not left in time. */
  async take(options?: WaitOptions): Promise<unknown> {
    const { channel } = this.#block
    const unclaimed = () => channel.tell('unlock')
    return channel.wait<unknown>({ operation: 'lock', expired: () => undefined, unclaimed }, options)
  }

  /** @internal */
  drop(): void {
    const header = this.#header ?? this.#look()
    if (header === undefined) return this.#block.channel.tell('unlock')
    if (Atomics.compareExchange(header, LOCK, this.#me, 0) !== this.#me) this.#dropAwaited(header)
  }

  /** Somebody waits for it. */
  #dropAwaited(header: Int32Array): void {
    const { channel } = this.#block
    for (;;) {
      const word = Atomics.load(header, LOCK)
      if ((word & HAND_OVER) !== 0) return channel.tell('unlock')
      if (Atomics.compareExchange(header, LOCK, word, 0) === word) return channel.tell('wake')
    }
  }

  async #acquireLater(options: WaitOptions | undefined): Promise<boolean> {
    const answer = await this.take(options)
    if (answer === undefined) return false
    this.#held = true
    this.#abandoned = undefined
    return answer === ABANDONED_LOCK ? this.#learnWhoDied() : true
  }

  /** This context has the lock, and nobody has been told who died with it. */
  async #learnWhoDied(): Promise<true> {
    const name = await this.#block.channel.call('whoDied').catch(() => undefined)
    this.#abandoned = String(name ?? 'a process that is gone')
    return true
  }

  #look(): Int32Array | undefined {
    this.#header = this.#block.memory?.header
    if (this.#header !== undefined) this.#me = ownerOf(this.#block.context.range!)
    return this.#header
  }
}

/** Whether this context has it, so that to acquire it again would be to wait for itself. */
export function isHeldHere(lock: ValueLock): boolean {
  if (lock instanceof SharedLock) return lock.held
  return (lock as { readonly isHeld?: boolean }).isHeld === true
}

/** @throws TypeError at what is no lock */
export function checkLock(lock: unknown): ValueLock {
  const given = lock as Partial<ValueLock> | null
  if (typeof given?.acquire === 'function' && typeof given.release === 'function') return given as ValueLock
  throw new TypeError('lock: must be a lock, or false for none; a lock has acquire() and release()')
}
