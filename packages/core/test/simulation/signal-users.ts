import type { Barrier } from '../../src/barrier.ts'
import type { CallChannel } from '../../src/call-channel.ts'
import { Condition } from '../../src/condition.ts'
import { BrokenBarrierError, ClosedError, DisconnectedError, OwnershipError } from '../../src/errors.ts'
import type { WaitOptions } from '../../src/lessee.ts'
import { OBSERVABLE } from '../../src/observable.ts'
import type { SharedEvent } from '../../src/shared-event.ts'
import type { StandInLock } from '../stand-in-lock.ts'
import { waitOptions } from './cancellation.ts'
import type { Invariant } from './invariants.ts'
import { isCut } from './pipe-model.ts'
import type { BarrierModel, ConditionModel, EventModel, SignalModel } from './signal-model.ts'
import type { SimProcess } from './sim-process.ts'
import type { World } from './world.ts'

export type Handle = SharedEvent | Condition<StandInLock> | Barrier

/** One event, condition or barrier, as each process has it. */
export interface Signal<H extends Handle, M extends SignalModel> {
  readonly model: M
  readonly handles: Map<SimProcess, H>
}

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

/** What users do with events, conditions and barriers, and what they see, for as long as they wait. */
export class SignalUsers {
  readonly #world: World
  readonly #tasks = new Set<Task>()
  /** Who is in the critical section of each condition. */
  readonly #inside = new Map<ConditionModel, SimProcess>()
  readonly #woken = new Map<ConditionModel, Map<SimProcess, number>>()
  readonly #passed = new Map<BarrierModel, Map<SimProcess, number>>()
  /** What each observer was told last. */
  readonly #observers: Observer[] = []
  /** Whether those who wait for conditions take something; else a notification is all that they want. */
  readonly #consumes: boolean

  constructor(world: World, consumes: boolean) {
    this.#world = world
    this.#consumes = consumes
  }

  useEvent(process: SimProcess, { model, handles }: Signal<SharedEvent, EventModel>): void {
    const event = handles.get(process)!
    const roll = this.#world.random.next()
    if (roll < 0.25) return this.#call(process, 'set', event.set())
    if (roll < 0.4) return this.#call(process, 'clear', event.clear())
    if (roll < 0.5) return this.#call(process, 'isSet', event.isSet())
    if (roll < 0.6) return this.#observe(process, event, () => model.isSet)
    this.#task(process, async (task) => {
      const options = this.#options(process)
      const isSet = await this.#waits(task, 'event', options, () => !model.isSet, event.wait(options))
      this.#world.saw(isSet ? 'an event' : 'no event in time')
      if (!isSet && options.timeout === undefined)
        this.#world.note('every operation settles', `${process.name} was told that ${model.id} is not set in time`)
    })
  }

  useCondition(process: SimProcess, { model, handles }: Signal<Condition<StandInLock>, ConditionModel>): void {
    const random = this.#world.random
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
  follow(process: SimProcess, condition: Condition<StandInLock>, model: ConditionModel): void {
    const { wait } = condition
    condition.wait = async (options) => {
      this.#leave(process, model)
      try {
        const woken = await wait.call(condition, options)
        if (woken) count(this.#woken, model, process)
        else if (options?.timeout === undefined)
          this.#world.note('every operation settles', `${process.name} was told that it waited too long at ${model.id}`)
        return woken
      } finally {
        this.#world.activity++
        this.#enter(process, model, condition)
      }
    }
  }

  #enter(process: SimProcess, model: ConditionModel, { lock }: Condition<StandInLock>): void {
    if (isCut(process)) return
    const other = this.#inside.get(model)
    if (!lock.isHeld || (other !== undefined && !isCut(other)))
      this.#world.note('who has waited holds the lock', `${process.name} goes on at ${model.id} without its lock`)
    this.#inside.set(model, process)
  }

  #leave(process: SimProcess, model: ConditionModel): void {
    if (this.#inside.get(model) === process) this.#inside.delete(model)
  }

  #misuse(process: SimProcess, condition: Condition<StandInLock>): void {
    for (const attempt of [Condition.prototype.wait.call(condition), condition.notify()])
      attempt.then(
        () => this.#world.note('who has waited holds the lock', `${process.name} used a condition without its lock`),
        (error) => {
          if (!(error instanceof OwnershipError)) this.#world.note('nothing throws', String(error))
        },
      )
  }

  useBarrier(process: SimProcess, { model, handles }: Signal<Barrier, BarrierModel>): void {
    const barrier = handles.get(process)!
    const roll = this.#world.random.next()
    if (roll < 0.06) return this.#call(process, 'abort', barrier.abort())
    if (roll < 0.2) return this.#call(process, 'reset', barrier.reset())
    if (roll < 0.25) return this.#call(process, 'state', barrier.nWaiting())
    if (roll < 0.3) return this.#observe(process, barrier, () => model.count)
    this.#task(process, async (task) => {
      const options = this.#options(process)
      const index = await this.#waits(task, 'barrier', options, () => model.hasReason, barrier.wait(options))
      count(this.#passed, model, process)
      if (!(index >= 0 && index < barrier.parties))
        this.#world.note('all of a round pass, or none', `${process.name} got index ${index} of ${barrier.parties}`)
    })
  }

  /** What a party runs for all: at once, or in a while, and now and then in vain. */
  action(process: SimProcess): unknown {
    this.#world.saw('an action')
    const roll = this.#world.random.next()
    if (roll < 0.15) throw new Error('cancelled')
    if (roll < 0.6) return undefined
    return new Promise<void>((resolve) => this.#world.at(this.#world.random.next() * 4, process, resolve))
  }

  #observe(process: SimProcess, observed: SharedEvent | Barrier, truth: () => unknown): void {
    if (channelOf(observed).closed) return
    const observer: Observer = { process, last: undefined, truth, over: false }
    const over = () => {
      this.#world.activity++
      observer.over = true
    }
    this.#observers.push(observer)
    const next = (state: unknown): void => {
      this.#world.activity++
      this.#world.saw('a change that was observed')
      if (state === observer.last)
        this.#world.note('nothing comes twice', `${process.name} is told ${String(state)} again`)
      observer.last = state
    }
    const { unsubscribe } = observed[OBSERVABLE]().subscribe({ next, complete: over, error: over })
    if (this.#world.random.chance(0.3))
      this.#world.at(this.#world.random.next() * 10, process, () => {
        over()
        unsubscribe()
      })
  }

  #call(process: SimProcess, stage: string, promise: Promise<unknown>): void {
    this.#task(process, (task) => this.#waits(task, stage, {}, undefined, promise))
  }

  #task(process: SimProcess, run: (task: Task) => Promise<unknown>): void {
    const task: Task = { process, stage: '', options: {}, hasReason: undefined }
    this.#tasks.add(task)
    run(task)
      .catch((error: Error) => {
        this.#world.saw(error.message === 'cancelled' ? 'an abort' : error.name)
        const isExpected =
          error.message === 'cancelled' || EXPECTED.some((type) => error instanceof type) || isCut(process)
        if (!isExpected) this.#world.note('nothing throws', String(error.stack))
      })
      .finally(() => {
        this.#world.activity++
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
    this.#world.trace(() => `${task.process.name} begins ${stage}`)
    this.#world.saw(stage)
    try {
      return await promise
    } finally {
      this.#world.activity++
      this.#world.trace(() => `${task.process.name} is through with ${stage}`)
    }
  }

  #options(process: SimProcess): WaitOptions {
    return waitOptions(this.#world.random, (ms, abort) => this.#world.at(ms, process, abort))
  }

  /** Nothing more will happen by itself: whoever still waits has to have a reason. */
  checkReasons(): void {
    for (const { process, stage, options, hasReason } of this.#tasks) {
      if (isCut(process)) continue
      const fail = (why: string) =>
        this.#world.fail('every operation settles', `${stage} of ${process.name} waits ${why}`)
      if (options.timeout !== undefined) fail(`beyond ${options.timeout} ms`)
      if (options.signal?.aborted) fail('though it was cancelled')
      if (hasReason?.() !== true) fail('without a reason')
    }
    for (const { process, last, truth, over } of this.#observers)
      if (!over && !isCut(process) && last !== truth())
        this.#world.fail(
          'nothing is lost',
          `${process.name} was told ${String(last)} last, and it is ${String(truth())}`,
        )
  }

  checkWoken(processes: readonly SimProcess[], model: ConditionModel): void {
    const { invariant, undelivered, woken } = model
    for (const { port } of undelivered)
      if (!isCut(port.process)) this.#world.fail(invariant, `${port.process.name} has not confirmed a notification`)
    this.#checkCounts(processes, invariant, woken, this.#woken.get(model))
  }

  checkPassed(processes: readonly SimProcess[], model: BarrierModel): void {
    this.#checkCounts(processes, model.invariant, model.passed, this.#passed.get(model))
  }

  /** What waited has ended with its handle. */
  checkSettled(): void {
    for (const { process, stage } of this.#tasks)
      if (!isCut(process))
        this.#world.fail('every operation settles', `${stage} of ${process.name} outlived its handle`)
  }

  /** What the hub has told users, and what they have heard. */
  #checkCounts(processes: readonly SimProcess[], invariant: Invariant, told: Counts, heard: Counts | undefined): void {
    for (const process of processes) {
      const [expected, actual] = [told.get(process) ?? 0, heard?.get(process) ?? 0]
      if (expected !== actual && !isCut(process))
        this.#world.fail(invariant, `${process.name} was let go ${expected} times, and has heard of ${actual}`)
    }
  }
}

const EXPECTED = [BrokenBarrierError, ClosedError, DisconnectedError]

type Counts = Map<SimProcess, number>

function count<M>(counts: Map<M, Counts>, model: M, process: SimProcess): void {
  const own = counts.get(model) ?? new Map<SimProcess, number>()
  counts.set(model, own.set(process, (own.get(process) ?? 0) + 1))
}

export function channelOf(handle: object): CallChannel {
  return (handle as { channel: CallChannel }).channel
}
