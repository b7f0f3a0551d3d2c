import { ProtocolError } from '../errors.ts'
import type { Outlet, Primitive, Reply } from './primitive.ts'
import { CalledPort, EXPIRED, Waiters } from './waiters.ts'
import { WATCH, Watchers } from './watchers.ts'

export const SET = 'set'
export const CLEAR = 'clear'
export const IS_SET = 'isSet'
export const WAIT = 'wait'

/**
 * A flag that all can see, set and clear, and wait for.
 *
 * **Invariants** Nobody waits while the flag is set.
 *
 * **Fairness** All who wait when the flag is set are answered, in order of arrival, also if it is cleared right after.
 *
 * **Cancellation** Nothing is lost with a waiter; who dies leaves the flag as it is.
 */
export class EventPrimitive implements Primitive {
  readonly waiters = new Waiters<EventPort>()
  readonly watchers = new Watchers<boolean, EventPort>(false)
  isSet = false

  connect(outlet: Outlet): EventPort {
    return new EventPort(this, outlet)
  }

  set(): void {
    this.isSet = true
    for (const { reply } of this.waiters.takeAll()) reply.done(true)
    this.watchers.tell(true)
  }

  clear(): void {
    this.isSet = false
    this.watchers.tell(false)
  }

  dispose(): void {}
}

class EventPort extends CalledPort {
  readonly outlet: Outlet
  readonly #event: EventPrimitive

  constructor(event: EventPrimitive, outlet: Outlet) {
    super()
    this.#event = event
    this.outlet = outlet
  }

  call(operation: string, [ticket, nowait]: readonly unknown[], reply: Reply): void {
    const event = this.#event
    switch (operation) {
      case SET:
        event.set()
        return reply.done(null)
      case CLEAR:
        event.clear()
        return reply.done(null)
      case IS_SET:
        return reply.done(event.isSet)
      case WAIT:
        if (event.isSet) reply.done(true)
        else if (nowait === true) reply.done(EXPIRED)
        else event.waiters.add(this, Number(ticket), reply)
        return
      case WATCH:
        return event.watchers.add(this, Number(ticket), reply)
      default:
        throw new ProtocolError(`an event cannot ${operation}`)
    }
  }

  cancel(_lane: number, ticket: number): void {
    if (!this.#event.watchers.cancel(this, ticket)) this.#event.waiters.cancel(this, ticket)
  }

  release(): void {
    this.#event.watchers.leave(this)
    this.#event.waiters.leave(this)
  }
}
