import { HANDLE } from '../../src/handle.ts'
import { Hub } from '../../src/hub.ts'
import { Lock } from '../../src/lock.ts'
import type { PermitHandle } from '../../src/permit-handle.ts'
import type { SemaphorePrimitive } from '../../src/primitives/semaphore.ts'
import { BoundedSemaphore, Semaphore } from '../../src/semaphore.ts'
import { Turn } from '../../src/turn.ts'
import { inContext } from '../in-context.ts'
import type { Random } from '../random.ts'
import { waitOptions } from './cancellation.ts'
import { type Violation, violationOf } from './invariants.ts'
import { PermitGrip, type PermitModel } from './permit-grip.ts'
import { PermitLine } from './permit-line.ts'
import { childProcess, grandchildProcess, rootProcess, type SimProcess } from './sim-process.ts'
import type { WireNature } from './wire.ts'
import { type Owner, VirtualClock, World } from './world.ts'

/** Runs one seed from beginning to end; undefined if every invariant held. */
export function simulatePermits(seed: number, trace?: (line: string) => void): Promise<Violation | undefined> {
  return violationOf(() => playPermits(seed, trace))
}

/** As `simulatePermits`, but throws the violation, and tells what happened how often. */
export async function playPermits(seed: number, trace?: (line: string) => void): Promise<ReadonlyMap<string, number>> {
  const simulation = new PermitSimulation(seed, trace)
  await simulation.run()
  return simulation.world.seen
}

/** How often others may be told of a dead process: at least, and at most. */
interface Debt {
  readonly model: PermitModel
  readonly name: string
  readonly least: number
  readonly most: number
}

/**
 * Processes whose users acquire permits, stay inside for a while, or go in and out in a tight loop, give up waiting, and
 * die. Everything goes over wires, late and in pieces, and is held against what the users know.
 */
class PermitSimulation {
  readonly world: World
  readonly #random: Random
  readonly #hub: Hub
  readonly #host: Owner = { name: 'hub', alive: true }
  readonly #nature: WireNature
  readonly #processes: SimProcess[] = []
  readonly #models: PermitModel[] = []
  readonly #primitives = new Map<PermitModel, SemaphorePrimitive>()
  readonly #grips: PermitGrip[] = []
  readonly #debts: Debt[] = []

  constructor(seed: number, trace?: (line: string) => void) {
    this.world = new World(seed, trace)
    const random = this.world.random
    this.#random = random
    this.#hub = new Hub(new Turn(new VirtualClock(this.world, this.#host, 0.001)))
    const least = random.pick([0.001, 0.05, 0.5])
    this.#nature = {
      delay: [least, least + random.pick([0.001, 0.2, 3])],
      cut: random.pick([0, 0.2, 0.8]),
      highWater: random.pick([20, 300, 1e9]),
    }
  }

  async run(): Promise<void> {
    const random = this.#random
    await this.#start()
    const span = random.pick([2, 10, 40])
    for (let i = random.between(10, 80); i > 0; i--) this.world.at(random.next() * span, undefined, () => this.#act())
    if (random.chance(0.7))
      for (let i = random.between(1, 3); i > 0; i--)
        this.world.at(random.next() * span * 1.2, undefined, () => this.#endOne())
    await this.world.rest()
    this.#checkAtRest()
    await this.#settleDebts()
    await this.#tryEach()
    await this.#endAll()
  }

  async #start(): Promise<void> {
    const random = this.#random
    this.#processes.push(rootProcess(this.world, this.#hub, this.#clockCost()))
    for (let i = random.between(1, 3); i > 0; i--) {
      const parent = random.pick(this.#processes)
      if (parent.name !== '0' && random.chance(0.2)) this.#startGrandchild(parent)
      else this.#startChild()
    }
    for (let i = random.between(1, 2); i > 0; i--) await this.#make()
  }

  #startChild(): void {
    const name = `0.${this.#processes.length}`
    this.#processes.push(childProcess(this.world, this.#hub, this.#host, name, this.#nature, this.#clockCost()))
  }

  #startGrandchild(parent: SimProcess): void {
    const name = `${parent.name}.${parent.carried.length + 1}`
    this.#processes.push(grandchildProcess(this.world, parent, name, this.#nature, this.#clockCost()))
  }

  #clockCost(): number {
    return this.#random.pick([0.0005, 0.005, 0.05, 0.6])
  }

  /** Makes something with permits, and gives it to all. */
  async #make(): Promise<void> {
    const random = this.#random
    const [root, ...others] = this.#processes as [SimProcess, ...SimProcess[]]
    const value = random.pick([1, 1, 2, 3])
    const make = random.pick<() => PermitHandle>(
      value > 1
        ? [() => new Semaphore(value), () => new BoundedSemaphore(value)]
        : [() => new Lock(), () => new Semaphore(1)],
    )
    const handle = inContext(root.context, make)
    const { kind, id, options } = handle[HANDLE]
    // Before anybody else has a channel to it; the root gets a second one, so that the line is watched from here on.
    await this.world.rest()
    const primitive = this.#hub.find(id) as SemaphorePrimitive
    const line = new PermitLine(this.world, primitive)
    const model: PermitModel = { id: `${kind} ${id}`, value, grips: [], told: new Map(), pending: new Set() }
    this.#models.push(model)
    this.#primitives.set(model, primitive)
    const { onStep } = this.world
    this.world.onStep = () => {
      onStep()
      line.check()
    }
    this.#grip(
      root,
      inContext(root.context, () => reopened(root, handle)),
      model,
    )
    for (const process of others) this.#grip(process, process.context.handle(kind, id, options) as PermitHandle, model)
    await this.world.rest()
  }

  #grip(process: SimProcess, handle: PermitHandle, model: PermitModel): void {
    this.#grips.push(new PermitGrip(this.world, process, handle, model))
  }

  /** One thing that somebody does. */
  #act(): void {
    const random = this.#random
    const grip = random.pick(this.#grips.filter(({ counts }) => counts))
    const roll = random.next()
    if (roll < 0.5) for (let i = random.pick([1, 1, 2, 5]); i > 0; i--) void this.#stay(grip)
    else if (roll < 0.8) void this.#loop(grip, random.pick([2, 10, 60]))
    else if (roll < 0.85) this.#busy(grip)
    else if (roll < 0.9) void this.#loopSlowly(grip)
    else void this.#look(grip)
  }

  /** Enters, and leaves some time later. */
  async #stay(grip: PermitGrip, options = this.#options(grip)): Promise<void> {
    if (!(await grip.enter(options))) return
    const ms = this.#random.pick([0, 0, 0.01, 0.5, 3])
    if (ms === 0) grip.leave()
    else this.world.at(ms, grip.process, () => grip.leave())
  }

  async #loop(grip: PermitGrip, times: number): Promise<void> {
    for (let i = 0; i < times && grip.counts; i++) {
      if (!(await grip.enter())) return
      grip.leave()
    }
  }

  /** Stays for some turns each time, and comes again as soon as it has left. */
  async #loopSlowly(grip: PermitGrip): Promise<void> {
    for (let i = 0; i < 30 && grip.counts; i++) {
      if (!(await grip.enter())) return
      await new Promise<void>((resolve) => this.world.at(0.5, grip.process, resolve))
      grip.leave()
    }
  }

  /** A turn that takes its time. */
  #busy(grip: PermitGrip): void {
    for (let i = 0; i < 4; i++) {
      this.world.time += 0.4
      void this.#stay(grip)
    }
  }

  async #look({ handle, model, process }: PermitGrip): Promise<void> {
    const value = handle instanceof Semaphore ? await handle.getValue().catch(() => undefined) : undefined
    this.world.activity++
    if (value === undefined || !process.alive) return
    if (value < 0 || value > model.value)
      this.world.note('no token leaks', `${model.id} counts ${value} permits of ${model.value}`)
  }

  #options({ process }: PermitGrip) {
    return waitOptions(this.#random, (ms, abort) => this.world.at(ms, process, abort))
  }

  /** Somebody dies, ends, closes what it has, or is cut off. */
  #endOne(): void {
    const mortal = this.#processes.filter(({ name, alive, connected }) => name !== '0' && alive && connected)
    if (mortal.length === 0) return
    const process = this.#random.pick(mortal)
    const roll = this.#random.next()
    const whole = roll < 0.5
    for (const each of [process, ...process.carried]) this.#owe(each, whole && each === process)
    if (whole) process.die(true)
    else if (roll < 0.65) process.die()
    else if (roll < 0.8) process.exit()
    else process.unplug()
  }

  /** What it leaves behind: others are to be told of it. */
  #owe(process: SimProcess, whole: boolean): void {
    for (const grip of this.#grips) {
      if (grip.process !== process || !grip.counts) continue
      grip.counts = false
      const { inside, leaving, model } = grip
      const carried = process.name.split('.').length > 2
      const arrives = whole && !carried
      // What broke on the way may have been told, and yet not have been heard; then others are told again.
      const least = arrives ? inside : 0
      // Who was not in line with the hub, the pipe being full, may be thought inside.
      const most = arrives && process.context.link.hasLeft ? grip.used + leaving : Number.POSITIVE_INFINITY
      this.world.saw('died inside', arrives ? inside : 0)
      this.world.saw('died outside', most === 0 ? 1 : 0)
      this.#debts.push({ model, name: process.name, least, most })
    }
  }

  /** Nothing more will happen by itself: nobody is inside, so nobody may wait. */
  #checkAtRest(): void {
    for (const { pending, id, grips } of this.#models) {
      for (const { grip, options } of pending)
        if (grip.process.alive)
          this.world.fail('every operation settles', `${grip.process.name} waits for ${id}: ${JSON.stringify(options)}`)
      for (const { inside, counts, process } of grips)
        if (inside > 0 && counts && process.alive)
          this.world.fail('every operation settles', `somebody stayed in ${id}`)
    }
    for (const [model, primitive] of this.#primitives)
      if (primitive.value !== model.value)
        this.world.fail('no token leaks', `${model.id} has ${primitive.value} permits of ${model.value}`)
  }

  /** Somebody acquires until there is nothing more to be told. */
  async #settleDebts(): Promise<void> {
    for (const model of this.#models) {
      const grip = model.grips[0]!
      for (let before = -1, told = 0; told > before; told = sum(model.told.values())) {
        before = told
        for (let i = model.value; i > 0; i--) void grip.enter({ timeout: 1_000 })
        await this.world.rest()
        if (grip.inside < model.value)
          this.world.fail(
            'no token leaks',
            `${grip.inside} of ${model.value} permits of ${model.id} were there to acquire`,
          )
        while (grip.inside > 0) grip.leave()
        await this.world.rest()
      }
    }
    for (const { model, name, least, most } of this.#debts) {
      const told = model.told.get(name) ?? 0
      if (told < least || told > most)
        this.world.fail(
          'whoever dies inside is told of',
          `${told} were told that ${name} died with ${model.id}, not ${least} to ${most}`,
        )
    }
  }

  /** Whoever does not wait gets what nobody uses, wherever it stayed. */
  async #tryEach(): Promise<void> {
    for (const grip of this.#grips) {
      const { counts, model, process } = grip
      if (!counts || !process.connected) continue
      void grip.enter({ timeout: 0 })
      await this.world.rest()
      if (grip.inside !== 1)
        this.world.fail('nowait is exact', `${process.name} was refused ${model.id}, which is free`)
      grip.leave()
      await this.world.rest()
    }
    this.#checkAtRest()
  }

  async #endAll(): Promise<void> {
    for (const process of this.#processes.toReversed()) {
      for (const grip of this.#grips) if (grip.process === process) grip.counts = false
      if (process.name === '0') process.context.link.close()
      else if (process.alive) process.unplug()
    }
    await this.world.rest()
    if (this.#hub.size > 0)
      this.world.fail('nothing remains', `${this.#hub.size} primitives are left after the last process`)
  }
}

/** A second handle, whose channel is opened while the line is watched. */
function reopened(process: SimProcess, handle: PermitHandle): PermitHandle {
  const { id } = handle[HANDLE]
  const arrival = { context: process.context, id }
  if (handle instanceof Lock) return new Lock(arrival)
  if (handle instanceof BoundedSemaphore) return new BoundedSemaphore(1, arrival)
  return new Semaphore(1, arrival)
}

function sum(numbers: Iterable<number>): number {
  let total = 0
  for (const number of numbers) total += number
  return total
}
