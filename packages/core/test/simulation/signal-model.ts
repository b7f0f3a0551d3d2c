import { BrokenBarrierError } from '../../src/errors.ts'
import type { Leaving } from '../../src/primitives/primitive.ts'
import { EXPIRED } from '../../src/primitives/waiters.ts'
import type { Invariant } from './invariants.ts'
import type { SimProcess } from './sim-process.ts'
import type { World } from './world.ts'

/** A channel at the hub, and whose it is. */
export interface SignalPort {
  readonly process: SimProcess
}

/** One call that came in at the hub. */
export interface Caller {
  readonly port: SignalPort
  readonly operation: string
  readonly args: readonly unknown[]
}

/** What a call is answered that failed because of a broken barrier. */
export const BROKEN = 'broken barrier'

/**
 * What a primitive has to answer, written down a second time as simply as can be: every frame is played here as well,
 * and the answers must be the same, to the same callers.
 */
export abstract class SignalModel {
  readonly id: string
  protected readonly world: World
  /** What has to be answered to the frame that is being played. */
  readonly #expected = new Map<Caller, unknown>()
  readonly #answers = new Map<Caller, unknown>()
  abstract readonly invariant: Invariant

  constructor(world: World, id: string) {
    this.world = world
    this.id = id
  }

  abstract called(caller: Caller): void
  abstract cancelled(port: SignalPort, ticket: number): void
  abstract left(port: SignalPort, how: Leaving): void

  protected expect(caller: Caller, answer: unknown): void {
    this.#expected.set(caller, answer)
  }

  answered(caller: Caller, answer: unknown): void {
    const plain = answer instanceof BrokenBarrierError ? BROKEN : Array.isArray(answer) ? String(answer) : answer
    if (this.#answers.has(caller))
      this.world.note(this.invariant, `${describe(caller)} of ${this.id} was answered twice`)
    this.#answers.set(caller, plain)
  }

  /** One frame was played in both. */
  compare(): void {
    for (const [caller, answer] of this.#expected)
      if (this.#answers.get(caller) !== answer)
        this.#differs(caller, `got ${String(this.#answers.get(caller))}, and should have got ${String(answer)}`)
    for (const [caller, answer] of this.#answers)
      if (!this.#expected.has(caller)) this.#differs(caller, `got ${String(answer)}, and should have got nothing`)
    this.#expected.clear()
    this.#answers.clear()
  }

  #differs(caller: Caller, how: string): void {
    this.world.note(this.invariant, `${describe(caller)} of ${this.id} ${how}`)
  }
}

function describe({ port, operation, args }: Caller): string {
  return `${operation}(${args.join()}) of ${port.process.name}`
}

/** Takes those out of a list for which it holds, and returns them. */
function takeOut(list: Caller[], which: (caller: Caller) => boolean): Caller[] {
  const out = list.filter(which)
  for (const each of out) list.splice(list.indexOf(each), 1)
  return out
}

const isTicket = (port: SignalPort, ticket: number) => (caller: Caller) =>
  caller.port === port && caller.args[0] === ticket

export class EventModel extends SignalModel {
  readonly invariant = 'nobody waits for an event that is set'
  readonly waiting: Caller[] = []
  isSet = false

  called(caller: Caller): void {
    switch (caller.operation) {
      case 'set':
        this.isSet = true
        for (const each of this.waiting.splice(0)) this.expect(each, true)
        return this.expect(caller, null)
      case 'clear':
        this.isSet = false
        return this.expect(caller, null)
      case 'isSet':
        return this.expect(caller, this.isSet)
      default:
        if (this.isSet) this.expect(caller, true)
        else if (caller.args[1] === true) this.expect(caller, EXPIRED)
        else this.waiting.push(caller)
    }
  }

  cancelled(port: SignalPort, ticket: number): void {
    for (const each of takeOut(this.waiting, isTicket(port, ticket))) this.expect(each, EXPIRED)
  }

  left(port: SignalPort): void {
    takeOut(this.waiting, (each) => each.port === port)
  }
}

export class ConditionModel extends SignalModel {
  readonly invariant = 'no wake-up is lost or comes twice'
  readonly waiting: Caller[] = []
  /** What consumers wait for: a notification of so many makes so many. */
  items = 0
  /** How often user code of a process has to have been woken. */
  readonly woken = new Map<SimProcess, number>()
  /** Notified and not yet back with the lock, and who waited with them. */
  readonly #notified = new Map<Caller, readonly Caller[]>()

  called(caller: Caller): void {
    const { port, operation, args } = caller
    switch (operation) {
      case 'notify': {
        if (Number.isFinite(args[0])) this.items += args[0] as number
        const [first, rest] = [this.waiting.splice(0, args[0] as number), [...this.waiting]]
        for (const each of first) this.#notify(each, rest)
        return this.expect(caller, null)
      }
      case 'woken':
        for (const each of this.#notified.keys())
          if (isTicket(port, args[0] as number)(each)) this.#notified.delete(each)
        this.woken.set(port.process, (this.woken.get(port.process) ?? 0) + 1)
        return this.expect(caller, null)
      default:
        if (args[1] === true) this.expect(caller, EXPIRED)
        else this.waiting.push(caller)
    }
  }

  cancelled(port: SignalPort, ticket: number): void {
    for (const each of takeOut(this.waiting, isTicket(port, ticket))) this.expect(each, EXPIRED)
    this.#passOn(isTicket(port, ticket))
  }

  left(port: SignalPort): void {
    takeOut(this.waiting, (each) => each.port === port)
    this.#passOn((each) => each.port === port)
  }

  get undelivered(): readonly Caller[] {
    return [...this.#notified.keys()]
  }

  #notify(caller: Caller, others: readonly Caller[]): void {
    this.#notified.set(caller, others)
    this.expect(caller, caller.args[0])
    this.world.saw('a wake-up')
  }

  #passOn(which: (caller: Caller) => boolean): void {
    for (const [caller, others] of [...this.#notified]) {
      if (!which(caller)) continue
      this.#notified.delete(caller)
      this.world.saw('a wake-up that does not reach anybody')
      const heir = this.waiting.find((each) => others.includes(each))
      if (heir === undefined) continue
      this.world.saw('a wake-up is passed on')
      this.waiting.splice(this.waiting.indexOf(heir), 1)
      this.#notify(heir, others)
    }
  }
}

export class BarrierModel extends SignalModel {
  readonly invariant = 'all of a round pass, or none'
  readonly parties: number
  readonly waiting: Caller[] = []
  /** How often user code of a process has to have passed. */
  readonly passed = new Map<SimProcess, number>()
  broken = false
  /** Complete, and its actor acts. */
  #round: { readonly all: readonly Caller[]; readonly actor: Caller } | undefined
  readonly #members = new Set<SignalPort>()

  constructor(world: World, id: string, parties: number) {
    super(world, id)
    this.parties = parties
  }

  /** How many wait, as it tells those who ask. */
  get count(): number {
    return this.#round === undefined ? this.waiting.length : 0
  }

  /** Whether those who wait have to. */
  get hasReason(): boolean {
    return !this.broken && this.count < this.parties
  }

  called(caller: Caller): void {
    const isActor = this.#round !== undefined && isTicket(caller.port, caller.args[0] as number)(this.#round.actor)
    switch (caller.operation) {
      case 'acted':
        return isActor ? this.#pass(this.#round!.all, caller) : this.expect(caller, BROKEN)
      case 'failed':
        this.expect(caller, null)
        if (isActor) this.#break()
        return
      case 'reset':
        this.expect(caller, null)
        this.#refuse()
        this.broken = false
        return
      case 'abort':
        this.expect(caller, null)
        return this.#break()
      case 'state':
        return this.expect(caller, `${this.count},${this.broken}`)
      default:
        return this.#waits(caller)
    }
  }

  cancelled(port: SignalPort, ticket: number): void {
    const [waiting] = takeOut(this.waiting, isTicket(port, ticket))
    const inRound = this.#round?.all.find((each) => each !== this.#round?.actor && isTicket(port, ticket)(each))
    if (waiting !== undefined) this.expect(waiting, EXPIRED)
    if (waiting !== undefined || inRound !== undefined) this.#break()
  }

  left(port: SignalPort, how: Leaving): void {
    const { process } = port
    // What ends with its carrier, or says goodbye through it, may be either.
    const isCarried = process.name.split('.').length > 2
    if (how !== 'released' && process.exited !== (how === 'ended') && !isCarried)
      this.world.note('a barrier breaks when it has to, and not otherwise', `${process.name} left as one that ${how}`)
    const waited = takeOut(this.waiting, (each) => each.port === port).length > 0
    const inRound = this.#round?.all.some((each) => each.port === port) === true
    const isMember = this.#members.delete(port)
    if (waited || inRound || (how === 'died' && isMember)) this.#break()
  }

  #waits(caller: Caller): void {
    this.#members.add(caller.port)
    if (this.broken) return this.expect(caller, BROKEN)
    this.waiting.push(caller)
    this.#fill()
    if (caller.args[1] !== true || takeOut(this.waiting, (each) => each === caller).length === 0) return
    this.expect(caller, EXPIRED)
    this.#break()
  }

  #fill(): void {
    while (this.#round === undefined && this.waiting.length >= this.parties) {
      const all = this.waiting.splice(0, this.parties)
      const able = all.filter(({ args }) => args[2] === true)
      const actor = able.at(-1)
      if (actor === undefined) this.#pass(all)
      else {
        this.#round = { all, actor }
        this.expect(actor, String(actor.args[0]))
      }
    }
  }

  #pass(all: readonly Caller[], acted?: Caller): void {
    for (const [index, each] of all.entries()) {
      this.expect(acted !== undefined && each === this.#round?.actor ? acted : each, index)
      this.passed.set(each.port.process, (this.passed.get(each.port.process) ?? 0) + 1)
    }
    this.world.saw('a round')
    this.#round = undefined
    this.#fill()
  }

  #break(): void {
    if (this.broken) return
    this.world.saw('a broken barrier')
    this.#refuse()
    this.broken = true
  }

  #refuse(): void {
    const { all = [], actor } = this.#round ?? {}
    // Of a round also those whose process is gone: nobody hears it.
    for (const each of [...all.filter((party) => party !== actor), ...this.waiting.splice(0)]) this.expect(each, BROKEN)
    this.#round = undefined
  }
}
