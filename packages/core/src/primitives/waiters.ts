import { ProtocolError } from '../errors.ts'
import type { Leaving, Port, Reply } from './primitive.ts'
import type { Run } from './runs.ts'

/** The lane of those who wait for a call to be answered. */
export const CALLS = 0

/** What is answered to a call that was cancelled, or did not want to wait. */
export const EXPIRED = 'expired'

/** One call that waits at the hub. */
export interface Waiter<P> {
  readonly port: P
  readonly ticket: number
  readonly reply: Reply
  /** Higher than that of all who came before. */
  readonly arrival: number
}

/** Calls that wait at a primitive, the first come first; see `call-channel.ts`. */
export class Waiters<P extends object> {
  /** In order of arrival, by port and ticket. */
  readonly #waiting = new Map<P, Map<number, Waiter<P>>>()
  readonly #line = new Set<Waiter<P>>()
  #lastArrival = 0

  /** Of whoever came last, waiting or not. */
  get lastArrival(): number {
    return this.#lastArrival
  }

  get size(): number {
    return this.#line.size
  }

  [Symbol.iterator](): Iterator<Waiter<P>> {
    return this.#line.values()
  }

  /** @throws ProtocolError if the peer has one of that number waiting */
  add(port: P, ticket: number, reply: Reply): Waiter<P> {
    let own = this.#waiting.get(port)
    if (own === undefined) {
      own = new Map()
      this.#waiting.set(port, own)
    }
    if (own.has(ticket)) throw new ProtocolError(`call ${ticket} is already waiting`)
    const waiter = { port, ticket, reply, arrival: ++this.#lastArrival }
    own.set(ticket, waiter)
    this.#line.add(waiter)
    return waiter
  }

  /** The first one in the line. */
  peek(): Waiter<P> | undefined {
    for (const first of this.#line) return first
    return undefined
  }

  /** Takes the first one out of the line. */
  shift(): Waiter<P> | undefined {
    const first = this.peek()
    if (first !== undefined) this.#remove(first)
    return first
  }

  /** Takes all of them out of the line. */
  takeAll(): Waiter<P>[] {
    const all = [...this.#line]
    this.#line.clear()
    this.#waiting.clear()
    return all
  }

  /** Nobody waits for that one any more; undefined: it was served before. */
  cancel(port: P, ticket: number): Waiter<P> | undefined {
    const waiter = this.#waiting.get(port)?.get(ticket)
    if (waiter === undefined) return undefined
    this.#remove(waiter)
    waiter.reply.done(EXPIRED)
    return waiter
  }

  /** The peer let go or died; returns how many of its calls waited. */
  leave(port: P): number {
    const own = [...(this.#waiting.get(port)?.values() ?? [])]
    for (const waiter of own) this.#remove(waiter)
    return own.length
  }

  #remove(waiter: Waiter<P>): void {
    this.#line.delete(waiter)
    const own = this.#waiting.get(waiter.port)
    own?.delete(waiter.ticket)
    if (own?.size === 0) this.#waiting.delete(waiter.port)
  }
}

/** The port of a primitive that is only called. */
export abstract class CalledPort implements Port {
  abstract call(operation: string, args: readonly unknown[], reply: Reply): void
  /** A call that waits is cancelled, by its ticket. */
  abstract cancel(lane: number, ticket: number): void
  abstract release(how: Leaving): void

  ask(): void {
    throw new ProtocolError('nothing here is delegated')
  }

  put(_run: Run): void {
    throw new ProtocolError('nothing can be put here')
  }

  spent(): void {
    throw new ProtocolError('nothing here is delegated')
  }

  returned(): void {
    throw new ProtocolError('nothing here is delegated')
  }

  ack(_number: number): void {
    throw new ProtocolError('nothing here is to be acknowledged')
  }
}
