import { BrokenBarrierError, ProtocolError } from '../errors.ts'
import type { Leaving, Outlet, Primitive, Reply } from './primitive.ts'
import { CalledPort, type Waiter, Waiters } from './waiters.ts'
import { WATCH, Watchers } from './watchers.ts'

export const WAIT = 'wait'
export const ACTED = 'acted'
export const FAILED = 'failed'
export const RESET = 'reset'
export const ABORT = 'abort'
/** Answers how many wait, and whether it is broken. */
export const STATE = 'state'

/** A round that is complete, and whose action one of its parties runs before anybody is released. */
interface Round {
  /** In order of arrival: a party's place in it is its index. */
  readonly parties: ReadonlyArray<Waiter<BarrierPort>>
  readonly actor: Waiter<BarrierPort>
}

type State = { readonly is: 'filling' } | { readonly is: 'acting'; readonly round: Round } | BrokenState

interface BrokenState {
  readonly is: 'broken'
  readonly why: string
}

const FILLING = { is: 'filling' } as const

/**
 * Where parties wait until all of them are there.
 *
 * **Invariants**
 * - While it fills, fewer wait than there are parties; while it is broken, nobody waits.
 * - All of a round pass, with an index each, or none does. Who comes while an action runs belongs to the next round.
 *
 * **Cancellation** A party that times out or gives up before its round is complete breaks the barrier for all. Whether it
 * was in time is decided here, and nowhere else.
 *
 * **Death** So does one that leaves while it waits, in whatever way, and one that waited before and then died.
 */
export class BarrierPrimitive implements Primitive {
  readonly watchers = new Watchers<number, BarrierPort>(0)
  readonly #name: string
  readonly #parties: number
  readonly #waiting = new Waiters<BarrierPort>()
  /** Of those who wait: who could run an action. */
  readonly #able = new WeakSet<Waiter<BarrierPort>>()
  #state: State = FILLING
  /** Why the last round that failed did so. */
  #why = ''

  constructor(name: string, parties: number) {
    this.#name = name
    this.#parties = parties
  }

  connect(outlet: Outlet): BarrierPort {
    return new BarrierPort(this, outlet)
  }

  get waiting(): number {
    return this.#state.is === 'filling' ? this.#waiting.size : 0
  }

  get broken(): boolean {
    return this.#state.is === 'broken'
  }

  wait(port: BarrierPort, ticket: number, nowait: boolean, hasAction: boolean, reply: Reply): void {
    if (this.#state.is === 'broken') return reply.fail(this.#error(this.#state.why))
    const party = this.#waiting.add(port, ticket, reply)
    if (hasAction) this.#able.add(party)
    this.#fill()
    if (nowait && this.#waiting.cancel(port, ticket) !== undefined) this.#break(`${port.who} did not wait`)
    this.#tell()
  }

  /** That party will not come, unless it has passed already. */
  cancel(port: BarrierPort, ticket: number): void {
    const waiting = this.#waiting.cancel(port, ticket)
    if (waiting === undefined && !this.#isInRound(port, ticket)) return
    this.#break(`${port.who} did not wait any longer`)
  }

  /** The action of a round is done: all may go. */
  acted(port: BarrierPort, ticket: number, reply: Reply): void {
    if (this.#state.is !== 'acting' || !isActor(this.#state.round, port, ticket))
      return reply.fail(this.#error(this.#why))
    const { parties, actor } = this.#state.round
    this.#state = FILLING
    for (const [index, party] of parties.entries()) (party === actor ? reply : party.reply).done(index)
    this.#fill()
    this.#tell()
  }

  failed(port: BarrierPort, ticket: number, why: string): void {
    if (this.#state.is === 'acting' && isActor(this.#state.round, port, ticket))
      this.#break(`its action failed in ${port.who}: ${why}`)
  }

  abort(port: BarrierPort): void {
    this.#break(`${port.who} called abort()`)
  }

  reset(port: BarrierPort): void {
    this.#refuseAll(`${port.who} called reset() while this one waited`)
    this.#state = FILLING
    this.#tell()
  }

  leave(port: BarrierPort, how: Leaving): void {
    this.watchers.leave(port)
    const inRound = this.#state.is === 'acting' && this.#state.round.parties.some((party) => party.port === port)
    if (this.#waiting.leave(port) > 0 || inRound) this.#break(`${port.who} ${LEFT[how]} while it waited`)
    else if (how === 'died' && port.isParty) this.#break(`${port.who} died; it was one of the parties`)
  }

  dispose(): void {}

  /** Whether it waits for the action of another. */
  #isInRound(port: BarrierPort, ticket: number): boolean {
    if (this.#state.is !== 'acting') return false
    const { parties, actor } = this.#state.round
    return parties.some((party) => party !== actor && isOf(party, port, ticket))
  }

  /** Completes rounds while there are enough for one, and no action runs. */
  #fill(): void {
    while (this.#state.is === 'filling' && this.#waiting.size >= this.#parties) {
      const parties = Array.from({ length: this.#parties }, () => this.#waiting.shift()!)
      const actor = parties.findLast((party) => this.#able.has(party))
      if (actor === undefined) for (const [index, { reply }] of parties.entries()) reply.done(index)
      else {
        this.#state = { is: 'acting', round: { parties, actor } }
        actor.reply.done([actor.ticket])
      }
    }
  }

  #break(why: string): void {
    if (this.#state.is === 'broken') return
    this.#refuseAll(why)
    this.#state = { is: 'broken', why }
    this.#tell()
  }

  #refuseAll(why: string): void {
    this.#why = why
    const round = this.#state.is === 'acting' ? this.#state.round : undefined
    for (const party of round?.parties ?? []) if (party !== round?.actor) party.reply.fail(this.#error(why))
    for (const { reply } of this.#waiting.takeAll()) reply.fail(this.#error(why))
  }

  #error(why: string): BrokenBarrierError {
    return new BrokenBarrierError(`${this.#name} is broken: ${why}; reset() makes it as new`)
  }

  #tell(): void {
    this.watchers.tell(this.waiting)
  }
}

const LEFT: Record<Leaving, string> = { released: 'let go of it', ended: 'ended', died: 'died' }

function isActor({ actor }: Round, port: BarrierPort, ticket: number): boolean {
  return isOf(actor, port, ticket)
}

function isOf(party: Waiter<BarrierPort>, port: BarrierPort, ticket: number): boolean {
  return party.port === port && party.ticket === ticket
}

export class BarrierPort extends CalledPort {
  readonly outlet: Outlet
  readonly #barrier: BarrierPrimitive
  /** What errors call the process. */
  readonly who: string
  /** It has waited here. */
  isParty = false

  constructor(barrier: BarrierPrimitive, outlet: Outlet) {
    super()
    this.#barrier = barrier
    this.outlet = outlet
    this.who = `process ${outlet.who}`
  }

  call(operation: string, args: readonly unknown[], reply: Reply): void {
    const barrier = this.#barrier
    switch (operation) {
      case WAIT:
        this.isParty = true
        return barrier.wait(this, Number(args[0]), args[1] === true, args[2] === true, reply)
      case ACTED:
        return barrier.acted(this, Number(args[0]), reply)
      case FAILED:
        barrier.failed(this, Number(args[0]), String(args[1]))
        return reply.done(null)
      case RESET:
        barrier.reset(this)
        return reply.done(null)
      case ABORT:
        barrier.abort(this)
        return reply.done(null)
      case STATE:
        return reply.done([barrier.waiting, barrier.broken])
      case WATCH:
        return barrier.watchers.add(this, Number(args[0]), reply)
      default:
        throw new ProtocolError(`a barrier cannot ${operation}`)
    }
  }

  cancel(_lane: number, ticket: number): void {
    if (!this.#barrier.watchers.cancel(this, ticket)) this.#barrier.cancel(this, ticket)
  }

  release(how: Leaving): void {
    this.#barrier.leave(this, how)
  }
}
