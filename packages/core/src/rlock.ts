import { type AbortSignal, offAbort, onAbort } from './abort-signal.ts'
import type { Arrival } from './base-queue.ts'
import { OwnershipError } from './errors.ts'
import { defineHandle } from './handle.ts'
import type { Acquisition } from './permit-channel.ts'
import { ACQUIRED, type AcquireOptions, DONE, LockHandle, TRUE } from './permit-handle.ts'

/** How to acquire or release a lock that knows its holder. */
export interface RLockOptions extends AcquireOptions {
  /** Who acquires or releases: what `holder()` gave, or any value of this process. Unless given: the process. */
  readonly holder?: unknown
}

/**
 * A lock that its holder may acquire again, and has to release as often: Python's `multiprocessing.RLock`.
 *
 * In Python the holder is a thread. Asynchronous code has no threads to tell apart: several calls of one function may be
 * under way at once. So the holder is the process, unless you say otherwise: two flows of one process then hold the lock
 * together. To have them exclude each other give each a `holder`, and pass that along to whatever it calls.
 *
 * @example
 * const lock = new RLock()
 * const holder = lock.holder()
 * await lock.acquire({ holder })
 * await lock.acquire({ holder })
 * await lock.release({ holder })
 * await lock.release({ holder })
 */
export class RLock extends LockHandle<RLockOptions> {
  /** Meaningful while `#depth` is more than 0. */
  #owner: unknown
  #depth = 0
  readonly #claims = new Set<Claim>()

  constructor()
  /** @internal */
  constructor(arrival: Arrival)
  constructor(arrival?: Arrival) {
    super('rlock', {}, arrival)
  }

  /** A holder that is nobody else: for one flow of this process. */
  holder(): symbol {
    return Symbol('holder')
  }

  override acquire(options?: RLockOptions): Promise<boolean> {
    return options === undefined && this.#isMine(PROCESS) ? this.#again(TRUE) : this.obtain(ACQUIRED, options)
  }

  /**
   * Releases it once; it is free when it was released as often as it was acquired.
   *
   * @throws OwnershipError if another process or holder has it, or none: Python's AssertionError
   */
  release(options?: RLockOptions): Promise<void> {
    if (!this.#isMine(holderIn(options))) return Promise.reject(this.#notOwned())
    if (--this.#depth === 0) {
      this.#owner = undefined
      this.channel.giveBack()
    }
    return DONE
  }

  /** @internal Whether this process holds it, other holders aside. */
  override get isHeld(): boolean {
    return this.#isMine(PROCESS)
  }

  /** @internal For a condition: releases it for good; returns how often it was acquired. */
  releaseAll(): number {
    const depth = this.#depth
    this.#depth = 0
    this.#owner = undefined
    this.channel.giveBack()
    return depth
  }

  /** @internal For a condition: acquires it as often as that. */
  async restore(depth: number): Promise<void> {
    await this.acquire()
    this.#depth += depth - 1
  }

  override async close(): Promise<void> {
    this.#depth = 0
    await super.close()
  }

  /** @internal */
  protected override obtain<T>({ acquired, expired }: Acquisition<T>, options: RLockOptions | undefined): Promise<T> {
    const holder = holderIn(options)
    if (this.#isMine(holder)) {
      if (options?.signal?.aborted) return Promise.reject(options.signal.reason)
      return this.#again(Promise.resolve(acquired(undefined)))
    }
    const claim = new Claim(holder, options?.signal)
    const owned = (name: string | undefined): T => {
      this.#claims.delete(claim)
      this.#owner = holder
      this.#depth = 1
      this.#admit(holder)
      return acquired(name)
    }
    this.#claims.add(claim)
    const result = super.obtain({ acquired: owned, expired }, { ...options, signal: claim })
    return this.#claims.has(claim) ? this.#await(claim, result, acquired) : result
  }

  /** Whoever waits in the name of a holder has the lock when that has it: nobody would release it for them. */
  #admit(holder: unknown): void {
    for (const claim of this.#claims) {
      if (claim.holder !== holder) continue
      this.#claims.delete(claim)
      this.#depth++
      claim.admit()
    }
  }

  async #await<T>(claim: Claim, result: Promise<T>, acquired: Acquisition<T>['acquired']): Promise<T> {
    try {
      return await result
    } catch (reason) {
      if (reason !== ADMITTED) throw reason
      return this.channel.heard(Promise.resolve(acquired(undefined)))
    } finally {
      this.#claims.delete(claim)
    }
  }

  #isMine(holder: unknown): boolean {
    return this.#depth > 0 && this.#owner === holder
  }

  #notOwned(): OwnershipError {
    const { name } = this.channel
    return new OwnershipError(`attempt to release recursive lock ${name}, not owned by this process and holder`)
  }

  #again<T>(result: Promise<T>): Promise<T> {
    this.#depth++
    return this.channel.heard(result)
  }
}

/** An `acquire` that waits, and the signal that ends its waiting: the one that it was given, or that its holder has the lock. */
class Claim implements AbortSignal {
  readonly holder: unknown
  readonly #signal: AbortSignal | undefined
  #admitted = false
  #listener: (() => void) | undefined

  constructor(holder: unknown, signal: AbortSignal | undefined) {
    this.holder = holder
    this.#signal = signal
  }

  get aborted(): boolean {
    return this.#admitted || this.#signal?.aborted === true
  }

  get reason(): unknown {
    return this.#admitted ? ADMITTED : this.#signal?.reason
  }

  admit(): void {
    this.#admitted = true
    this.#listener?.()
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listener = listener
    if (this.#signal !== undefined) onAbort(this.#signal, listener)
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    if (this.#signal !== undefined) offAbort(this.#signal, listener)
  }
}

const ADMITTED = Symbol('admitted')
const PROCESS = Symbol('process')

function holderIn(options: RLockOptions | undefined): unknown {
  return options?.holder ?? PROCESS
}

defineHandle('rlock', (context, id) => new RLock({ context, id }))
