import { Barrier } from '../../src/barrier.ts'
import { Condition } from '../../src/condition.ts'
import { HANDLE } from '../../src/handle.ts'
import { Hub } from '../../src/hub.ts'
import { SharedEvent } from '../../src/shared-event.ts'
import { Turn } from '../../src/turn.ts'
import { inContext } from '../in-context.ts'
import type { Random } from '../random.ts'
import { type StandInLock, standInLock } from '../stand-in-lock.ts'
import { type Violation, violationOf } from './invariants.ts'
import { cutOff, isCut } from './pipe-model.ts'
import { BarrierModel, ConditionModel, EventModel, type SignalModel } from './signal-model.ts'
import { channelOf, type Handle, type Signal, SignalUsers } from './signal-users.ts'
import { I_AM, SignalWitness } from './signal-witness.ts'
import { childProcess, grandchildProcess, rootProcess, type SimProcess } from './sim-process.ts'
import type { WireNature } from './wire.ts'
import { type Owner, VirtualClock, World } from './world.ts'

/** Runs one seed from beginning to end; undefined if every invariant held. */
export function simulateSignals(seed: number, trace?: (line: string) => void): Promise<Violation | undefined> {
  return violationOf(() => playSignals(seed, trace))
}

/** As `simulateSignals`, but throws the violation, and tells what happened how often. */
export async function playSignals(seed: number, trace?: (line: string) => void): Promise<ReadonlyMap<string, number>> {
  const simulation = new SignalSimulation(seed, trace)
  await simulation.run()
  return simulation.world.seen
}

/**
 * Processes that set and await events, wait for conditions and notify, and meet at barriers; that time out, change their
 * minds, close, end and die at any frame. What the hub answers is held against models that are told the same, and what
 * users see against what the hub answered.
 *
 *     user ── handle ── Context ── Link ── Wire ~~~ Wire ── Link ── Peer ── witness ── primitive
 *                                                                             └── model
 */
class SignalSimulation {
  readonly world: World
  readonly #random: Random
  readonly #hub: Hub
  readonly #host: Owner = { name: 'hub', alive: true }
  readonly #nature: WireNature
  readonly #processes = new Map<string, SimProcess>()
  readonly #events: Array<Signal<SharedEvent, EventModel>> = []
  readonly #conditions: Array<Signal<Condition<StandInLock>, ConditionModel>> = []
  readonly #barriers: Array<Signal<Barrier, BarrierModel>> = []
  readonly #models = new Map<string, SignalModel>()
  readonly #users: SignalUsers
  /** How much of what happens is about events, about these or conditions, and about anything but closing. */
  readonly #shares: readonly [number, number, number]
  /** Of the barrier that is being made. */
  #parties = 0

  constructor(seed: number, trace?: (line: string) => void) {
    this.world = new World(seed, trace)
    this.world.chain = 20
    this.#random = this.world.random
    this.#hub = new Hub(new Turn(new VirtualClock(this.world, this.#host, 0.001)))
    const least = this.#random.pick([0.001, 0.05, 0.5])
    this.#nature = {
      delay: [least, least + this.#random.pick([0.001, 0.2, 3])],
      cut: this.#random.pick([0, 0.2, 0.8]),
      highWater: this.#random.pick([20, 300, 1e9]),
    }
    this.#shares = this.#random.pick([
      [0.3, 0.65, 0.97],
      [0.9, 0.93, 0.99],
      [0.02, 0.97, 0.995],
      [0.02, 0.98, 1],
      [0.02, 0.05, 0.99],
    ])
    this.#users = new SignalUsers(this.world, this.#random.chance(0.6))
    new SignalWitness(this.#hub, this.#processes, (id, primitive) => {
      const model = this.#newModel(id, primitive.constructor.name)
      if (model !== undefined) this.#models.set(id, model)
      return model
    })
  }

  async run(): Promise<void> {
    const random = this.#random
    await this.#start()
    const span = random.pick([2, 10, 40])
    for (let i = random.between(10, 100); i > 0; i--) this.world.at(random.next() * span, undefined, () => this.#act())
    if (random.chance(0.6))
      for (let i = random.between(1, 2); i > 0; i--)
        this.world.at(random.next() * span * 1.2, undefined, () => this.#endOne())
    await this.world.rest()
    this.#checkAtRest()
    await this.#releaseAll()
    await this.#endAll()
  }

  #newModel(id: string, kind: string): SignalModel | undefined {
    if (kind === 'EventPrimitive') return new EventModel(this.world, id)
    if (kind === 'ConditionPrimitive') return new ConditionModel(this.world, id)
    if (kind === 'BarrierPrimitive') return new BarrierModel(this.world, id, this.#parties)
    return undefined
  }

  async #start(): Promise<void> {
    const random = this.#random
    const root = rootProcess(this.world, this.#hub, this.#clockCost())
    this.#processes.set('0', root)
    for (let i = random.between(1, 3); i > 0; i--) {
      const parent = random.pick([...this.#processes.values()])
      const name = `${parent.name}.${this.#processes.size}`
      const process =
        parent !== root && random.chance(0.3)
          ? grandchildProcess(this.world, parent, name, this.#nature, this.#clockCost())
          : childProcess(
              this.world,
              this.#hub,
              this.#host,
              `0.${this.#processes.size}`,
              this.#nature,
              this.#clockCost(),
            )
      this.#processes.set(process.name, process)
    }
    for (let i = random.between(1, 2); i > 0; i--) {
      this.#events.push(await this.#make(root, () => new SharedEvent()))
      const lock = standInLock(this.#hub, root.context)
      this.#conditions.push(await this.#make(root, () => new Condition(lock)))
      this.#parties = random.between(1, 4)
      this.#barriers.push(await this.#make(root, () => new Barrier(this.#parties)))
    }
    for (const { handles } of this.#barriers)
      for (const [process, barrier] of handles)
        if (random.chance(0.4)) barrier.action = () => this.#users.action(process)
    for (const { handles, model } of this.#conditions)
      for (const [process, condition] of handles) this.#users.follow(process, condition, model)
    await this.world.rest()
  }

  async #make<H extends Handle, M extends SignalModel>(root: SimProcess, make: () => H): Promise<Signal<H, M>> {
    const first = inContext(root.context, make)
    await this.world.rest()
    const { kind, id, options } = first[HANDLE]
    const handles = new Map<SimProcess, H>()
    for (const process of this.#processes.values()) {
      const handle = process === root ? first : (process.context.handle(kind, id, options) as H)
      handles.set(process, handle)
      channelOf(handle).tell(I_AM, process.name)
    }
    await this.world.rest()
    return { model: this.#models.get(id) as M, handles }
  }

  #clockCost(): number {
    return this.#random.pick([0.0005, 0.005, 0.05, 0.6])
  }

  /** One thing that somebody does. */
  #act(): void {
    const random = this.#random
    const processes = [...this.#processes.values()].filter((process) => !isCut(process))
    const process = random.pick(processes)
    const roll = random.next()
    const [events, conditions, barriers] = this.#shares
    if (roll < events) this.#users.useEvent(process, random.pick(this.#events))
    else if (roll < conditions) this.#users.useCondition(process, random.pick(this.#conditions))
    else if (roll < barriers) this.#users.useBarrier(process, random.pick(this.#barriers))
    else this.#close(process)
  }

  #close(process: SimProcess): void {
    const { handles } = this.#random.pick<Signal<Handle, SignalModel>>([
      ...this.#events,
      ...this.#conditions,
      ...this.#barriers,
    ])
    this.world.trace(() => `${process.name} closes ${handles.get(process)}`)
    void handles.get(process)!.close()
  }

  /** Somebody dies, ends or is cut off. */
  #endOne(): void {
    const mortal = [...this.#processes.values()].filter((process) => process.name !== '0' && !isCut(process))
    if (mortal.length === 0) return
    const process = this.#random.pick(mortal)
    cutOff(process)
    const roll = this.#random.next()
    if (roll < 0.6) process.die()
    else if (roll < 0.8) process.exit()
    else process.unplug()
  }

  #checkAtRest(): void {
    const processes = [...this.#processes.values()]
    this.#users.checkReasons()
    for (const { model } of this.#conditions) this.#users.checkWoken(processes, model)
    for (const { model } of this.#barriers) this.#users.checkPassed(processes, model)
  }

  /** Everybody closes everything: what waits ends, and nothing remains. */
  async #releaseAll(): Promise<void> {
    for (const { handles } of [...this.#events, ...this.#conditions, ...this.#barriers])
      for (const handle of handles.values()) void handle.close()
    await this.world.rest()
    for (const { handles } of this.#conditions) for (const { lock } of handles.values()) void lock.close()
    await this.world.rest()
    this.#users.checkSettled()
    if (this.#hub.size > 0)
      this.world.fail('nothing remains', `${this.#hub.size} primitives are left that nobody holds`)
  }

  async #endAll(): Promise<void> {
    for (const process of [...this.#processes.values()].toReversed()) {
      cutOff(process)
      if (process.name === '0') process.context.link.close()
      else if (process.alive) process.unplug()
    }
    await this.world.rest()
  }
}
