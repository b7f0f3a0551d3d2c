import { Barrier } from '../../src/barrier.ts'
import type { CallChannel } from '../../src/call-channel.ts'
import { Condition } from '../../src/condition.ts'
import { BrokenBarrierError, ClosedError, DisconnectedError, OwnershipError } from '../../src/errors.ts'
import { HANDLE } from '../../src/handle.ts'
import { Hub } from '../../src/hub.ts'
import type { WaitOptions } from '../../src/lessee.ts'
import { OBSERVABLE } from '../../src/observable.ts'
import { SharedEvent } from '../../src/shared-event.ts'
import { Turn } from '../../src/turn.ts'
import { inContext } from '../in-context.ts'
import type { Random } from '../random.ts'
import { type StandInLock, standInLock } from '../stand-in-lock.ts'
import { waitOptions } from './cancellation.ts'
import { type Invariant, Violation } from './invariants.ts'
import { cutOff, isCut } from './pipe-model.ts'
import { BarrierModel, ConditionModel, EventModel, type SignalModel } from './signal-model.ts'
import { I_AM, SignalWitness } from './signal-witness.ts'
import { childProcess, grandchildProcess, rootProcess, type SimProcess } from './sim-process.ts'
import type { WireNature } from './wire.ts'
import { type Owner, VirtualClock, World } from './world.ts'

/** Runs one seed from beginning to end; undefined if every invariant held. */
export async function simulateSignals(seed: number, trace?: (line: string) => void): Promise<Violation | undefined> {
  try {
    await playSignals(seed, trace)
    return undefined
  } catch (error) {
    if (error instanceof Violation) return error
    throw error
  }
}

/** As `simulateSignals`, but throws the violation, and tells what happened how often. */
export async function playSignals(seed: number, trace?: (line: string) => void): Promise<ReadonlyMap<string, number>> {
  const simulation = new SignalSimulation(seed, trace)
  await simulation.run()
  return simulation.world.seen
}

type Handle = SharedEvent | Condition<StandInLock> | Barrier

/** What one user does, and what it waits for at the moment. */
interface Task {
  readonly process: SimProcess
  stage: string
  options: WaitOptions
  /** Why it may have to wait, as long as it takes; undefined: it may not. */
  hasReason: (() => boolean) | undefined
}

interface Observer {
  readonly process: SimProcess
  last: unknown
  readonly truth: () => unknown
  over: boolean
}

/** One event, condition or barrier, as each process has it. */
interface Signal<H extends Handle, M extends SignalModel> {
  readonly model: M
  readonly handles: Map<SimProcess, H>
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
  readonly #tasks = new Set<Task>()
  /** Who is in the critical section of each condition. */
  readonly #inside = new Map<ConditionModel, SimProcess>()
  readonly #woken = new Map<ConditionModel, Map<SimProcess, number>>()
  readonly #passed = new Map<BarrierModel, Map<SimProcess, number>>()
  /** What each observer was told last. */
  readonly #observers: Observer[] = []

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
    this.#consumes = this.#random.chance(0.6)
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

  /** Whether those who wait for conditions take something; else a notification is all that they want. */
  readonly #consumes: boolean
  /** How much of what happens is about events, about these or conditions, and about anything but closing. */
  readonly #shares: readonly [number, number, number]
  /** Of the barrier that is being made. */
  #parties = 0

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
      for (const [process, barrier] of handles) if (random.chance(0.4)) barrier.action = () => this.#action(process)
    for (const { handles, model } of this.#conditions)
      for (const [process, condition] of handles) this.#follow(process, condition, model)
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
    if (roll < events) this.#useEvent(process, random.pick(this.#events))
    else if (roll < conditions) this.#useCondition(process, random.pick(this.#conditions))
    else if (roll < barriers) this.#useBarrier(process, random.pick(this.#barriers))
    else this.#close(process)
  }

  #useEvent(process: SimProcess, { model, handles }: Signal<SharedEvent, EventModel>): void {
    const event = handles.get(process)!
    const roll = this.#random.next()
    if (roll < 0.25) return this.#call(process, 'set', event.set())
    if (roll < 0.4) return this.#call(process, 'clear', event.clear())
    if (roll < 0.5) return this.#call(process, 'isSet', event.isSet())
    if (roll < 0.6) return this.#observe(process, event, () => model.isSet)
    this.#task(process, async (task) => {
      const options = this.#options(process)
      const isSet = await this.#waits(task, 'event', options, () => !model.isSet, event.wait(options))
      this.world.saw(isSet ? 'an event' : 'no event in time')
      if (!isSet && options.timeout === undefined)
        this.world.note('every operation settles', `${process.name} was told that ${model.id} is not set in time`)
    })
  }

  #useCondition(process: SimProcess, { model, handles }: Signal<Condition<StandInLock>, ConditionModel>): void {
    const random = this.#random
    const condition = handles.get(process)!
    const roll = random.next()
    if (roll < 0.05 && !condition.lock.isHeld) return this.#misuse(process, condition)
    const isLocked = () => !isCut(this.#inside.get(model) ?? process)
    const isWaiting = () => isLocked() || model.waiting.some(({ port }) => port.process === process)
    this.#task(process, async (task) => {
      await this.#waits(task, 'lock', {}, isLocked, condition.acquire())
      this.#enter(process, model, condition)
      const options = this.#options(process)
      try {
        if (roll < 0.6 && this.#consumes) {
          const hasReason = () => isWaiting() && model.items === 0
          const ready = condition.waitFor(() => model.items > 0, options)
          if (await this.#waits(task, 'consume', options, hasReason, ready)) model.items--
        } else if (roll < 0.6) await this.#waits(task, 'wait', options, isWaiting, condition.wait(options))
        else {
          const count = roll < 0.65 ? Number.POSITIVE_INFINITY : random.pick([1, 1, 2, 3])
          await this.#waits(task, 'notify', {}, undefined, condition.notify(count))
        }
      } finally {
        this.#leave(process, model)
        await this.#waits(task, 'release', {}, undefined, Promise.resolve(condition.release()))
      }
    })
  }

  /** Has this user's waits counted, and the critical section left and entered with them. */
  #follow(process: SimProcess, condition: Condition<StandInLock>, model: ConditionModel): void {
    const { wait } = condition
    condition.wait = async (options) => {
      this.#leave(process, model)
      try {
        const woken = await wait.call(condition, options)
        if (woken) count(this.#woken, model, process)
        else if (options?.timeout === undefined)
          this.world.note('every operation settles', `${process.name} was told that it waited too long at ${model.id}`)
        return woken
      } finally {
        this.world.activity++
        this.#enter(process, model, condition)
      }
    }
  }

  #enter(process: SimProcess, model: ConditionModel, { lock }: Condition<StandInLock>): void {
    if (isCut(process)) return
    const other = this.#inside.get(model)
    if (!lock.isHeld || (other !== undefined && !isCut(other)))
      this.world.note('who has waited holds the lock', `${process.name} goes on at ${model.id} without its lock`)
    this.#inside.set(model, process)
  }

  #leave(process: SimProcess, model: ConditionModel): void {
    if (this.#inside.get(model) === process) this.#inside.delete(model)
  }

  #misuse(process: SimProcess, condition: Condition<StandInLock>): void {
    for (const attempt of [Condition.prototype.wait.call(condition), condition.notify()])
      attempt.then(
        () => this.world.note('who has waited holds the lock', `${process.name} used a condition without its lock`),
        (error) => {
          if (!(error instanceof OwnershipError)) this.world.note('nothing throws', String(error))
        },
      )
  }

  #useBarrier(process: SimProcess, { model, handles }: Signal<Barrier, BarrierModel>): void {
    const barrier = handles.get(process)!
    const roll = this.#random.next()
    if (roll < 0.06) return this.#call(process, 'abort', barrier.abort())
    if (roll < 0.2) return this.#call(process, 'reset', barrier.reset())
    if (roll < 0.25) return this.#call(process, 'state', barrier.nWaiting())
    if (roll < 0.3) return this.#observe(process, barrier, () => model.count)
    this.#task(process, async (task) => {
      const options = this.#options(process)
      const index = await this.#waits(task, 'barrier', options, () => model.hasReason, barrier.wait(options))
      count(this.#passed, model, process)
      if (!(index >= 0 && index < barrier.parties))
        this.world.note('all of a round pass, or none', `${process.name} got index ${index} of ${barrier.parties}`)
    })
  }

  /** What a party runs for all: at once, or in a while, and now and then in vain. */
  #action(process: SimProcess): unknown {
    this.world.saw('an action')
    const roll = this.#random.next()
    if (roll < 0.15) throw new Error('cancelled')
    if (roll < 0.6) return undefined
    return new Promise<void>((resolve) => this.world.at(this.#random.next() * 4, process, resolve))
  }

  #observe(process: SimProcess, observed: SharedEvent | Barrier, truth: () => unknown): void {
    if (channelOf(observed).closed) return
    const observer: Observer = { process, last: undefined, truth, over: false }
    const over = () => {
      this.world.activity++
      observer.over = true
    }
    this.#observers.push(observer)
    const next = (state: unknown): void => {
      this.world.activity++
      this.world.saw('a change that was observed')
      if (state === observer.last)
        this.world.note('nothing comes twice', `${process.name} is told ${String(state)} again`)
      observer.last = state
    }
    const { unsubscribe } = observed[OBSERVABLE]().subscribe({ next, complete: over, error: over })
    if (this.#random.chance(0.3))
      this.world.at(this.#random.next() * 10, process, () => {
        over()
        unsubscribe()
      })
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

  #call(process: SimProcess, stage: string, promise: Promise<unknown>): void {
    this.#task(process, (task) => this.#waits(task, stage, {}, undefined, promise))
  }

  #task(process: SimProcess, run: (task: Task) => Promise<unknown>): void {
    const task: Task = { process, stage: '', options: {}, hasReason: undefined }
    this.#tasks.add(task)
    run(task)
      .catch((error: Error) => {
        this.world.saw(error.message === 'cancelled' ? 'an abort' : error.name)
        const isExpected =
          error.message === 'cancelled' || EXPECTED.some((type) => error instanceof type) || isCut(process)
        if (!isExpected) this.world.note('nothing throws', String(error.stack))
      })
      .finally(() => {
        this.world.activity++
        this.#tasks.delete(task)
      })
  }

  async #waits<T>(
    task: Task,
    stage: string,
    options: WaitOptions,
    hasReason: Task['hasReason'],
    promise: Promise<T>,
  ): Promise<T> {
    Object.assign(task, { stage, options, hasReason })
    this.world.trace(() => `${task.process.name} begins ${stage}`)
    this.world.saw(stage)
    try {
      return await promise
    } finally {
      this.world.activity++
      this.world.trace(() => `${task.process.name} is through with ${stage}`)
    }
  }

  #options(process: SimProcess): WaitOptions {
    return waitOptions(this.#random, (ms, abort) => this.world.at(ms, process, abort))
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

  /** Nothing more will happen by itself: whoever still waits has to have a reason. */
  #checkAtRest(): void {
    for (const { process, stage, options, hasReason } of this.#tasks) {
      if (isCut(process)) continue
      const fail = (why: string) =>
        this.world.fail('every operation settles', `${stage} of ${process.name} waits ${why}`)
      if (options.timeout !== undefined) fail(`beyond ${options.timeout} ms`)
      if (options.signal?.aborted) fail('though it was cancelled')
      if (hasReason?.() !== true) fail('without a reason')
    }
    for (const { model } of this.#conditions) this.#checkWoken(model)
    for (const { model } of this.#barriers)
      this.#checkCounts('all of a round pass, or none', model.passed, this.#passed.get(model))
    for (const { process, last, truth, over } of this.#observers)
      if (!over && !isCut(process) && last !== truth())
        this.world.fail(
          'nothing is lost',
          `${process.name} was told ${String(last)} last, and it is ${String(truth())}`,
        )
  }

  #checkWoken(model: ConditionModel): void {
    const { invariant, undelivered, woken } = model
    for (const { port } of undelivered)
      if (!isCut(port.process)) this.world.fail(invariant, `${port.process.name} has not confirmed a notification`)
    this.#checkCounts(invariant, woken, this.#woken.get(model))
  }

  /** What the hub has told users, and what they have heard. */
  #checkCounts(invariant: Invariant, told: Counts, heard: Counts | undefined): void {
    for (const process of this.#processes.values()) {
      const [expected, actual] = [told.get(process) ?? 0, heard?.get(process) ?? 0]
      if (expected !== actual && !isCut(process))
        this.world.fail(invariant, `${process.name} was let go ${expected} times, and has heard of ${actual}`)
    }
  }

  /** Everybody closes everything: what waits ends, and nothing remains. */
  async #releaseAll(): Promise<void> {
    for (const { handles } of [...this.#events, ...this.#conditions, ...this.#barriers])
      for (const handle of handles.values()) void handle.close()
    await this.world.rest()
    for (const { handles } of this.#conditions) for (const { lock } of handles.values()) void lock.close()
    await this.world.rest()
    for (const { process, stage } of this.#tasks)
      if (!isCut(process)) this.world.fail('every operation settles', `${stage} of ${process.name} outlived its handle`)
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

const EXPECTED = [BrokenBarrierError, ClosedError, DisconnectedError]

type Counts = Map<SimProcess, number>

function count<M>(counts: Map<M, Counts>, model: M, process: SimProcess): void {
  const own = counts.get(model) ?? new Map<SimProcess, number>()
  counts.set(model, own.set(process, (own.get(process) ?? 0) + 1))
}

function channelOf(handle: object): CallChannel {
  return (handle as { channel: CallChannel }).channel
}
