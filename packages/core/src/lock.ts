import type { Arrival } from './base-queue.ts'
import { defineHandle } from './handle.ts'
import { DONE, LockHandle } from './permit-handle.ts'

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
export class Lock extends LockHandle {
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
}

defineHandle('lock', (context, id) => new Lock({ context, id }))
