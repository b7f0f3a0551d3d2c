import type { Arrival } from './base-queue.ts'
import { defineHandle } from './handle.ts'
import { type InteropObservable, OBSERVABLE } from './observable.ts'
import { DONE, type Guard, PermitHandle } from './permit-handle.ts'
import { iterateState, observeState } from './state-observable.ts'

/**
 * One process at a time holds it, and within that one of its asynchronous flows: Python's `multiprocessing.Lock`.
 *
 * It belongs to the process that acquired it: when that ends, in whatever way, the lock is released, and whoever acquires
 * it next is told: see `Guard.abandoned`.
 *
 * @example
 * const lock = new Lock()
 * await lock.withLock(() => console.log('nobody else is here'))
 */
export class Lock extends PermitHandle {
  constructor()
  /** @internal */
  constructor(arrival: Arrival)
  constructor(arrival?: Arrival) {
    super('lock', {}, arrival)
  }

  /**
   * Releases the lock, whoever holds it, as in Python: one that another process holds is taken from that, once it gets to
   * its event loop, and its own later release is refused. What this process holds is released when the call returns.
   *
   * @throws ValueError if nobody holds it
   */
  release(): Promise<void> {
    return this.channel.giveBack() ? DONE : this.channel.releaseElsewhere(true)
  }

  /** Calls the function with the lock held, and releases it afterwards, also if the function throws. */
  withLock<T>(run: (guard: Guard) => T | Promise<T>, options?: Parameters<this['hold']>[0]): Promise<T> {
    return this.withPermit(run, options)
  }

  /** Whether it is held now, and whenever that has changed, until it is closed here. */
  [OBSERVABLE](): InteropObservable<boolean> {
    return observeState(this, (value) => value === 0)
  }

  /** As the Observable, for a loop. */
  [Symbol.asyncIterator](): AsyncGenerator<boolean, void> {
    return iterateState(this, (value) => value === 0)
  }
}

defineHandle('lock', (context, id) => new Lock({ context, id }))
