import { ProtocolError } from '../errors.ts'
import type { Keeper, Outlet, Primitive, Reply } from './primitive.ts'
import { CalledPort, EXPIRED, Waiters } from './waiters.ts'

export const WAIT = 'wait'
export const NOTIFY = 'notify'
/** Whoever was notified has the lock again, and its user code knows. */
export const WOKEN = 'woken'
/** Whoever was notified cannot have the lock again. */
export const UNCLAIMED = 'unclaimed'

/**
 * Those who wait for a condition. The lock that goes with it is a primitive of its own: who may wait and notify is
 * looked after where the lock is held.
 *
 * **Invariants**
 * - A notification is for one who waited when it was made, the first of them that is left, and for nobody who came later.
 * - It counts as delivered once its receiver has confirmed it; until then it is in `unconfirmed` of that port.
 *
 * **Cancellation** A waiter that gives up takes no notification along: one that crosses its CANCEL goes on to the next.
 *
 * **Death** So do those that a dead peer has not confirmed.
 */
export class ConditionPrimitive implements Primitive {
  readonly waiters = new Waiters<ConditionPort>()
  readonly #hub: Keeper
  readonly #lock: readonly string[]

  /** @param lock what is kept alive for as long as this is, if it exists */
  constructor(hub: Keeper, lock: readonly string[]) {
    this.#hub = hub
    this.#lock = lock
    hub.retain(lock)
  }

  connect(outlet: Outlet): ConditionPort {
    return new ConditionPort(this, outlet)
  }

  notify(count: number): void {
    const upTo = this.waiters.lastArrival
    for (let left = count; left > 0 && this.wake(upTo); left--);
  }

  /** Wakes the first of those who had arrived by then; false: there is none. */
  wake(upTo: number): boolean {
    const first = this.waiters.peek()
    if (first === undefined || first.arrival > upTo) return false
    this.waiters.shift()
    first.port.unconfirmed.set(first.ticket, upTo)
    first.reply.done(first.ticket)
    return true
  }

  dispose(): void {
    this.#hub.forgo(this.#lock)
  }
}

export class ConditionPort extends CalledPort {
  readonly outlet: Outlet
  /** Notifications by the ticket of their receiver, with the last arrival for whom each was. */
  readonly unconfirmed = new Map<number, number>()
  readonly #condition: ConditionPrimitive

  constructor(condition: ConditionPrimitive, outlet: Outlet) {
    super()
    this.#condition = condition
    this.outlet = outlet
  }

  call(operation: string, args: readonly unknown[], reply: Reply): void {
    switch (operation) {
      case WAIT:
        if (args[1] === true) reply.done(EXPIRED)
        else this.#condition.waiters.add(this, Number(args[0]), reply)
        return
      case NOTIFY:
        this.#condition.notify(Number(args[0]))
        return reply.done(null)
      case WOKEN:
        this.unconfirmed.delete(Number(args[0]))
        return reply.done(null)
      case UNCLAIMED:
        this.#passOn(Number(args[0]))
        return reply.done(null)
      default:
        throw new ProtocolError(`a condition cannot ${operation}`)
    }
  }

  cancel(_lane: number, ticket: number): void {
    if (this.#condition.waiters.cancel(this, ticket) !== undefined) return
    this.#passOn(ticket)
  }

  #passOn(ticket: number): void {
    const upTo = this.unconfirmed.get(ticket)
    if (upTo === undefined) return
    this.unconfirmed.delete(ticket)
    this.#condition.wake(upTo)
  }

  release(): void {
    this.#condition.waiters.leave(this)
    const undelivered = [...this.unconfirmed.values()]
    this.unconfirmed.clear()
    for (const upTo of undelivered) this.#condition.wake(upTo)
  }
}
