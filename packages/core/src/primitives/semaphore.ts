import { ProtocolError, ValueError } from '../errors.ts'
import { type Lease, Lessor, type Stock } from '../lease.ts'
import type { Outlet, Port, Primitive, Reply } from './primitive.ts'
import type { Run } from './runs.ts'
import { EXPIRED } from './waiters.ts'

/** The lanes of a semaphore: permits that a peer holds idle, those that are in use there, and who watches the value. */
export const PERMITS = 0
export const IN_USE = 1
export const WATCHES = 2

/** What a peer calls. */
export const VALUE = 'value'
export const RELEASE = 'release'
export const SEEN = 'seen'
export const FORFEITED = 'forfeited'
export const WATCH = 'watch'

/** What it is told by a NOTICE: who died with a permit that it is lent next; that a permit in use was released elsewhere. */
export const ABANDONED = 'abandoned'
export const FORFEIT = 'forfeit'

export interface SemaphoreState {
  /** How many permits there are. */
  readonly value: number
  /** Whether there are never more than that. */
  readonly bounded: boolean
}

/** More names than that go in several notices. */
const MOST_NAMES = 1_000

interface Watch {
  readonly port: SemaphorePort
  readonly ticket: number
  readonly seen: unknown
  readonly reply: Reply
}

/**
 * Permits that are lent, used, and come back: Semaphore, BoundedSemaphore, Lock and RLock.
 *
 *     free --lend--> idle at a peer --SPENT--> in use there
 *       ^                |       ^--- ACK --------|
 *       +---- RETURN ----+------- RETURN ---------+
 *
 * A permit stays with the peer that used it last, until it is recalled: to use it again there costs no round trip.
 *
 * **Invariants** free + idle + in use is constant, but for releases of what nobody holds, which an unbounded semaphore
 * allows. The hub hears that a permit is in use before its user does, and that it is idle again at the end of the turn.
 *
 * **Fairness** Waiters are served in order of arrival at the hub. A peer that is recalled keeps nothing: what is idle
 * comes back at once, what is in use once it is released and that turn has ended.
 *
 * **Death** What a dead peer held idle is free again. So is what it had in use, and whoever is lent a permit next is
 * told by whom it was abandoned: each death once for every permit.
 *
 * **Releases elsewhere** A permit may be released by a peer that has none in use, as in Python. Where that is bounded,
 * one who has is asked to forfeit one: that peer alone knows whether it has not released it by now.
 */
export class SemaphorePrimitive implements Primitive {
  readonly bounded: boolean
  readonly permits: Lessor
  readonly #ports = new Map<Lease, SemaphorePort>()
  readonly #watches = new Set<Watch>()
  #free: number
  /** Who died with a permit, for those who are lent one next. */
  #abandoned: string[] = []

  constructor({ value, bounded }: SemaphoreState) {
    this.#free = value
    this.bounded = bounded
    this.permits = new Lessor(this.#stock())
  }

  connect(outlet: Outlet): SemaphorePort {
    const port = new SemaphorePort(this, outlet)
    this.#ports.set(port.lease, port)
    return port
  }

  /** Whoever had a permit, or watched, is gone. */
  dispose(): void {}

  /** How many could be acquired now: idle ones are, but for those that were lent to somebody who waited. */
  get value(): number {
    let value = this.#free
    for (const { held, served } of this.#ports.keys()) value += Math.max(0, held - served)
    return value
  }

  /** A peer that has none in use releases one. */
  release(reply: Reply): void {
    if (!this.bounded) {
      // Whoever uses it may release it as well, and the value grows; but it does not come back with that one's death.
      for (const port of this.#ports.values())
        if (port.lease.inUse > port.settled) {
          port.settled++
          break
        }
      this.#free++
      reply.done(null)
      return this.permits.pump()
    }
    for (const port of this.#ports.values())
      if (port.lease.inUse > port.forfeiting.length) {
        port.forfeiting.push(reply)
        return port.outlet.notice([FORFEIT])
      }
    reply.fail(new ValueError('semaphore or lock released too many times: nobody holds it, so acquire it first'))
  }

  /** The peer did, or could not, forfeit a permit. */
  forfeited(port: SemaphorePort, did: boolean): void {
    const reply = port.forfeiting.shift()
    if (reply === undefined) throw new ProtocolError('a permit was forfeited that nobody has asked for')
    if (did) reply.done(null)
    else this.release(reply)
  }

  /** Nobody was told of these deaths. */
  untold(names: readonly string[]): void {
    if (names.length === 0) return
    this.#abandoned = [...names, ...this.#abandoned]
  }

  watch(watch: Watch): void {
    this.#watches.add(watch)
    this.changed()
  }

  unwatch(watch: Watch): void {
    if (this.#watches.delete(watch)) watch.reply.done(EXPIRED)
  }

  /** The value may be another. */
  changed(): void {
    if (this.#watches.size === 0) return
    const { value } = this
    for (const watch of this.#watches) {
      if (watch.seen === value) continue
      this.#watches.delete(watch)
      watch.port.watches.delete(watch.ticket)
      watch.reply.done(value)
    }
  }

  /** The peer let go or died. */
  leave(port: SemaphorePort): void {
    const { lease } = port
    this.#ports.delete(lease)
    for (const watch of port.watches.values()) this.#watches.delete(watch)
    this.untold(port.told)
    const abandoned = Math.max(0, lease.inUse - port.settled)
    for (let i = 0; i < abandoned; i++) this.#abandoned.push(port.outlet.who ?? 'a process')
    this.#free += abandoned
    lease.inUse = 0
    // Before anybody is lent what comes back.
    for (const reply of port.forfeiting) this.release(reply)
    this.permits.leave(lease)
    this.changed()
  }

  #stock(): Stock {
    return {
      available: () => this.#free,
      inOrder: () => true,
      cameBack: () => false,
      ahead: () => 0,
      lend: (lease, count) => {
        const { outlet, told } = this.#ports.get(lease)!
        this.#free -= count
        for (let left = count; left > 0 && this.#abandoned.length > 0; left -= MOST_NAMES) {
          const names = this.#abandoned.splice(0, Math.min(left, MOST_NAMES))
          told.push(...names)
          outlet.notice([ABANDONED, ...names])
        }
        outlet.grant(PERMITS, count, 0, 0)
      },
      settle: (lease, count) => {
        lease.inUse += count
      },
      restore: (_lease, count) => {
        this.#free += count
      },
    }
  }
}

export class SemaphorePort implements Port {
  readonly semaphore: SemaphorePrimitive
  readonly outlet: Outlet
  readonly lease: Lease
  /** Of whose deaths the peer was told that has not yet told a user. */
  readonly told: string[] = []
  /** Who waits for this peer to forfeit a permit, in the order in which it was told to. */
  readonly forfeiting: Reply[] = []
  readonly watches = new Map<number, Watch>()
  /** How many of those in use were released elsewhere. */
  settled = 0

  constructor(semaphore: SemaphorePrimitive, outlet: Outlet) {
    this.semaphore = semaphore
    this.outlet = outlet
    this.lease = semaphore.permits.join(outlet.lease(PERMITS))
  }

  ask(lane: number, id: number, count: number, cost: number, nowait: boolean): void {
    if (lane !== PERMITS || cost !== 0) throw new ProtocolError('a semaphore lends permits, which cost nothing')
    this.semaphore.permits.ask(this.lease, id, count, 0, nowait, 0)
    this.semaphore.changed()
  }

  cancel(lane: number, id: number): void {
    if (lane === WATCHES) return this.#unwatch(id)
    this.semaphore.permits.cancel(this.lease, id)
    this.semaphore.changed()
  }

  put(_run: Run): void {
    throw new ProtocolError('nothing can be put into a semaphore')
  }

  spent(lane: number, count: number, told: number): void {
    if (lane !== PERMITS) throw new ProtocolError(`no permits in lane ${lane} of a semaphore can be spent`)
    this.#takeTold(told)
    this.semaphore.permits.spent(this.lease, count, 0)
    this.semaphore.changed()
  }

  returned(lane: number, count: number, cost: number, untold: number): void {
    const { semaphore, lease } = this
    semaphore.untold(this.#takeTold(untold))
    if (lane === PERMITS) semaphore.permits.returned(lease, count, cost, 0)
    else semaphore.permits.relinquished(lease, count)
    this.#settle()
  }

  ack(count: number): void {
    this.semaphore.permits.regained(this.lease, count)
    this.#settle()
  }

  call(operation: string, [first, seen]: readonly unknown[], reply: Reply): void {
    const { semaphore } = this
    switch (operation) {
      case VALUE:
        return reply.done(semaphore.value)
      case SEEN:
        return reply.done(null)
      case RELEASE:
        semaphore.release(reply)
        return semaphore.changed()
      case FORFEITED:
        reply.done(null)
        return semaphore.forfeited(this, first === true)
      case WATCH:
        return this.#watch(Number(first), seen, reply)
      default:
        reply.fail(new ValueError(`a semaphore has no operation ${operation}`))
    }
  }

  release(): void {
    this.semaphore.leave(this)
  }

  #settle(): void {
    this.settled = Math.min(this.settled, this.lease.inUse)
    this.semaphore.changed()
  }

  #takeTold(count: number): string[] {
    if (count > this.told.length) throw new ProtocolError(`told of ${count} deaths, but knew of ${this.told.length}`)
    return this.told.splice(0, count)
  }

  #watch(ticket: number, seen: unknown, reply: Reply): void {
    const watch = { port: this, ticket, seen, reply }
    this.watches.set(ticket, watch)
    this.semaphore.watch(watch)
  }

  #unwatch(ticket: number): void {
    const watch = this.watches.get(ticket)
    this.watches.delete(ticket)
    if (watch !== undefined) this.semaphore.unwatch(watch)
  }
}
