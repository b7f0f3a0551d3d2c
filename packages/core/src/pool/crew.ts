import { type Deferred, deferred } from '../deferred.ts'
import { BrokenPoolError, PoolClosedError, PoolTerminatedError, ValueError } from '../errors.ts'
import { inWords } from '../in-words.ts'
import type { Source } from '../primitives/backlog.ts'
import { type Runtime, runtime } from '../runtime.ts'
import { moduleOf, type Task, type TaskSource } from '../task-module.ts'
import { Departures } from './departures.ts'
import { Ledger, WorkerLeftError } from './ledger.ts'
import { PoolEvents } from './pool-events.ts'
import type { CheckedPoolOptions } from './pool-options.ts'
import { PoolWorker } from './pool-worker.ts'
import { TaskKind } from './task-kind.ts'
import type { TaskUnit } from './task-unit.ts'
import { Reply, type ReplyWord } from './words.ts'

type State =
  | { readonly is: 'open' }
  /** No more is taken; what was is done. */
  | { readonly is: 'closing' }
  /** Nothing is done any more, for that reason. */
  | { readonly is: 'ended'; readonly reason: Error }

/** Somebody waits for so many workers to be ready. */
interface Prewarming extends Deferred<void> {
  readonly count: number
}

/** How long to wait before the next worker is started in place of one that was never ready, in milliseconds, at first. */
const FIRST_PAUSE_MS = 20

/** The first worker of a pool has the machine for itself until it is ready, but no longer than this, in milliseconds. */
const HEAD_START_MS = 1_000
/** And so much longer, for what it was given already. */
const FIRST_RESULT_MS = 5

/**
 * The workers of a pool: starts them, replaces those that die or are worn out, and ends them.
 *
 * **Invariant** While the pool is open, there are at least `min` workers, or as many are being started, or pause before
 * they are; and at most `max`. But the others of a new pool are started only once the first one is ready, unless there is
 * something for them to do, or somebody looks: the first result comes sooner so.
 */
export class Crew {
  readonly options: CheckedPoolOptions
  readonly ledger: Ledger
  readonly events: PoolEvents
  readonly workers = new Set<PoolWorker>()
  /** What has more to do than waits or is with a worker. */
  readonly jobs = new Set<{ abort(reason: unknown): void; hurry(): void }>()
  readonly #here: Runtime
  readonly #kinds = new Map<Task, TaskKind>()
  #state: State = { is: 'open' }
  #named = 0
  /** Workers that died one after the other without having been ready. */
  #failures = 0
  /** Those that are to be started after a pause. */
  #pausing = 0
  #source: TaskSource | null
  #gone: Array<() => void> = []
  /** Those that wait for so many workers to be ready. */
  #waitingForReady: Prewarming[] = []
  readonly #departures: Departures
  /** Only the first worker is being started, and something else ends that soon. Initializers may wait for each other. */
  #first: boolean

  constructor(options: CheckedPoolOptions) {
    this.options = options
    this.#here = runtime()
    this.#source = options.initializer?.source ?? null
    this.#first = options.initializer === undefined && options.min > 1
    this.events = new PoolEvents((watched) => this.#order(['watch', watched]))
    this.ledger = new Ledger(
      this.#here.context,
      {
        workers: this.workers,
        short: () => this.#grow(),
        mayGrow: () => this.#canGrow && this.size < this.options.max,
        idle: (worker) => this.#departures.idle(worker),
        stuck: (worker) => this.#departures.condemn(worker),
        done: () => this.#done(),
        verdict: () => this.verdict,
      },
      this.events,
      options.grace,
    )
    this.#departures = new Departures(this, this.context.clock, options)
    if (this.#canStart) this.fill()
  }

  get context() {
    return this.#here.context
  }

  get open(): boolean {
    return this.#state.is === 'open'
  }

  /** Why nothing can be given to the pool, if so. */
  get refusal(): Error | undefined {
    const state = this.#state
    if (state.is === 'open') return undefined
    if (state.is === 'ended' && state.reason instanceof BrokenPoolError) return state.reason
    const how = state.is === 'closing' ? 'closed' : 'terminated'
    return new PoolClosedError(`the pool was ${how}: it takes no more tasks; make another one`)
  }

  /** Why nothing is done any more, also of what was given before, if so. */
  get verdict(): Error | undefined {
    return this.#state.is === 'ended' ? this.#state.reason : undefined
  }

  kindOf(task: Task): TaskKind {
    let kind = this.#kinds.get(task)
    if (kind === undefined) {
      this.#checkSource(task)
      kind = new TaskKind(this.#kinds.size, task)
      this.#kinds.set(task, kind)
      this.#meet(task.source)
    }
    return kind
  }

  /** Something is under way here that leads to units, until `closed`. */
  opened(): void {
    this.ledger.opened()
    this.ledger.awaited(1)
  }

  closed(): void {
    this.ledger.awaited(-1)
    this.ledger.closed()
  }

  add(source: Source<TaskUnit>): void {
    this.ledger.add(source)
  }

  /** Gives that worker a unit that is for it alone; it may have left since that was decided. */
  give(worker: PoolWorker, unit: TaskUnit): void {
    if (worker.seat.closed) return this.ledger.abort(unit, new WorkerLeftError(worker))
    unit.bind()
    this.ledger.dispatcher.give(worker.seat, unit, this.context.clock.now())
  }

  /** What it has not begun goes to others. */
  takeBack(worker: PoolWorker): void {
    this.ledger.dispatcher.takeBack(worker.seat)
    this.ledger.schedule()
  }

  /** Takes no more; workers end when everything is done. */
  close(): void {
    if (this.#state.is !== 'open') return
    this.#state = { is: 'closing' }
    if (this.ledger.open === 0) this.#done()
  }

  /** Ends everything now. */
  terminate(): void {
    if (this.#state.is === 'ended') return
    this.#end(new PoolTerminatedError('the pool was terminated before the task was done'))
  }

  /** Resolves when no worker is left. */
  async join(): Promise<void> {
    if (this.#state.is === 'open')
      throw new ValueError('the pool is still running: close() or terminate() it before join()')
    for (const job of [...this.jobs]) job.hurry()
    if (this.workers.size > 0 || !this.#over) {
      this.context.pending(1)
      await new Promise<void>((resolve) => this.#gone.push(resolve))
      this.context.pending(-1)
    }
  }

  /** Resolves when so many workers are ready. */
  prewarm(count: number): Promise<void> {
    const refusal = this.refusal
    if (refusal !== undefined) return Promise.reject(refusal)
    const target = Math.min(count, this.options.max)
    if (!this.#canStart)
      return Promise.reject(
        new ValueError(
          'a pool of Web Workers has to know what to make them of: give it a task first, or an initializer',
        ),
      )
    this.context.pending(1)
    const { promise, resolve, reject } = deferred<void>()
    this.#waitingForReady.push({ count: target, promise, resolve, reject })
    while (this.size < target && this.open) this.#start()
    this.#tellReady()
    const prewarmed = promise.finally(() => this.context.pending(-1))
    // Most do not wait for it, and need not hear that the pool was closed before.
    prewarmed.catch(() => {})
    return prewarmed
  }

  /** So many workers there are to be, however little there is to do. */
  get least(): number {
    return this.#waitingForReady.reduce((least, { count }) => Math.max(least, count), this.options.min)
  }

  /** Has a module loaded by every worker, of today and of tomorrow. */
  load(source: TaskSource): void {
    this.#meet(source)
    this.#order(['load', moduleOf(source)])
  }

  said(worker: PoolWorker, word: ReplyWord): void {
    const [, , value, reply] = word
    switch (reply) {
      case Reply.READY:
        return this.#ready(worker)
      case Reply.UNFIT:
        return this.#end(new BrokenPoolError('the initializer of the pool failed in a worker', { cause: value }))
      case Reply.ALIVE:
        worker.seat.heard(this.context.clock.now())
        return
      case Reply.SHARES:
        return worker.claimsMayMove()
      case Reply.LOADED:
        worker.loaded(value as number)
        return this.ledger.loaded(worker, value as number)
      case Reply.MEMORY:
        if ((value as number) > this.options.maxMemoryPerChild) this.#departures.retire(worker)
        return
      default:
        return this.ledger.reply(worker, word)
    }
  }

  sent(unit: TaskUnit): void {
    this.ledger.watch(unit)
  }

  refused(worker: PoolWorker, unit: TaskUnit, reason: unknown): void {
    // Where the worker is gone, or going, that is what it fails of.
    if (!unit.held || worker.seat.closed) return
    worker.seat.settle(unit.number)
    if (!unit.settled) this.ledger.abort(unit, reason)
  }

  gone(worker: PoolWorker, error: unknown): void {
    if (!this.workers.delete(worker)) return
    const { process, seat, bornAt } = worker
    const ms = this.context.clock.now() - bornAt
    const crashed = !worker.retiring && !this.#over
    if (this.events.watched) {
      const type = crashed ? 'worker-died' : 'worker-ended'
      this.events.tell({ type, worker: worker.identity, exitCode: process.exitCode, ms })
    }
    if (crashed && this.options.onCrash === 'break')
      this.#end(new BrokenPoolError(`a worker died, and no other takes its place: ${inWords(error)}`, { cause: error }))
    const unready = !seat.up
    this.ledger.lost(worker, error)
    if (this.#over) return this.#concluded()
    if (!unready || worker.retiring) this.fill()
    else this.#startFailed(error)
    this.#concluded()
  }

  #ready(worker: PoolWorker): void {
    worker.seat.up = true
    worker.seat.heard(this.context.clock.now())
    this.#failures = 0
    if (this.#first) this.#completeIn(FIRST_RESULT_MS)
    if (this.events.watched) {
      const ms = worker.seat.heardAt - worker.bornAt
      this.events.tell({ type: 'worker-ready', worker: worker.identity, ms })
    }
    this.#tellReady()
    this.#departures.ready(worker)
    this.ledger.schedule()
  }

  #tellReady(): void {
    let ready = 0
    for (const { seat, retiring } of this.workers) if (seat.up && !retiring) ready++
    this.#waitingForReady = this.#waitingForReady.filter(({ count, resolve }) => {
      if (ready >= count) resolve()
      return ready < count
    })
  }

  /** Web Workers are made of the script that exposes the first task. */
  get #canStart(): boolean {
    return this.options.kind !== 'worker' || this.#source !== null
  }

  #checkSource(task: Task): void {
    if (this.options.kind !== 'worker' || this.#source === null || task.source === this.#source) return
    throw new TypeError(
      `task ${task.name} is of another worker script than the pool's first task: a pool of Web Workers is made of one`,
    )
  }

  #meet(source: TaskSource): void {
    if (this.#source !== null) return
    this.#source = source
    if (this.options.kind === 'worker') this.fill()
    else this.#order(['load', moduleOf(source)])
  }

  /** Starts workers in place of those that are missing, and more if something waits. */
  fill(): void {
    if (!this.#canStart || this.#over) return
    const wanted = this.open ? this.least : Math.min(this.options.min, this.ledger.open)
    while (this.size < (this.#first ? Math.min(1, wanted) : wanted)) if (!this.#start()) return
    if (this.#first) this.#completeIn(HEAD_START_MS)
    this.#grow()
  }

  #completeIn(ms: number): void {
    this.context.clock.setTimer(() => this.complete(), ms, true)
  }

  /** Starts those that wait for the first one. */
  complete(): void {
    if (!this.#first) return
    this.#first = false
    this.fill()
  }

  get #canGrow(): boolean {
    return this.#canStart && !this.#over
  }

  /** So many more as something waits for that nobody can begin soon. */
  #grow(): void {
    if (!this.#canGrow) return
    let wanted = this.ledger.backlog.size - this.#pausing
    for (const { seat } of this.workers) if (!seat.closed) wanted -= seat.up ? seat.vacant : seat.concurrency
    while (wanted > 0 && this.size < this.options.max && this.#start()) wanted -= this.options.concurrency
  }

  /** False: it could not be, and the pool is no more. */
  #start(): boolean {
    // An observer may have ended it when he heard of another one.
    if (this.#over) return false
    const { kind, stdio, resourceLimits, initializer, initargs, concurrency, maxMemoryPerChild } = this.options
    const setup = {
      concurrency,
      initializer: initializer === undefined ? null : ([moduleOf(initializer.source), initializer.name] as const),
      initargs,
      module: this.#source === null ? null : moduleOf(this.#source),
      memory: maxMemoryPerChild < Number.POSITIVE_INFINITY,
    }
    const name = `PoolWorker-${++this.#named}`
    try {
      const start = { name, kind, stdio, resourceLimits, source: this.#source, setup }
      const worker = new PoolWorker(this.#here, start, this)
      worker.seat.quota = this.options.maxtasksperchild
      this.workers.add(worker)
      this.ledger.dispatcher.join(worker.seat)
      if (this.events.watched) {
        worker.order(['watch', true])
        this.events.tell({ type: 'worker-born', worker: worker.identity })
      }
      this.ledger.schedule()
      return true
    } catch (cause) {
      this.#end(new BrokenPoolError(`worker ${name} could not be started: ${inWords(cause)}`, { cause }))
      return false
    }
  }

  #startFailed(cause: unknown): void {
    this.#failures++
    if (this.#failures >= this.options.maxStartFailures) {
      const often = `${this.#failures} workers died one after the other before they were ready`
      return this.#end(new BrokenPoolError(`${often}; the last one: ${inWords(cause)}`, { cause }))
    }
    this.#pausing++
    const pause = FIRST_PAUSE_MS * 2 ** (this.#failures - 1)
    this.context.clock.setTimer(
      () => {
        this.#pausing--
        this.fill()
      },
      pause,
      this.ledger.open === 0,
    )
  }

  /** How many workers there are, or will be soon; those that are on their way out count no more. */
  get size(): number {
    let size = this.#pausing
    for (const { retiring } of this.workers) if (!retiring) size++
    return size
  }

  get #over(): boolean {
    return this.#state.is === 'ended' || (this.#state.is === 'closing' && this.ledger.open === 0)
  }

  #done(): void {
    if (this.#state.is !== 'closing') return
    for (const worker of this.workers) this.#departures.leave(worker)
    for (const { reject } of this.#waitingForReady.splice(0)) reject(this.refusal)
    this.#concluded()
  }

  #end(reason: Error): void {
    if (this.#state.is === 'ended') return
    this.#state = { is: 'ended', reason }
    for (const job of [...this.jobs]) job.abort(reason)
    this.ledger.failAll(reason)
    for (const worker of this.workers) {
      worker.seat.closed = true
      void worker.process.terminate({ grace: this.options.grace }).catch(() => {})
    }
    for (const { reject } of this.#waitingForReady.splice(0)) reject(reason)
    this.#concluded()
  }

  #concluded(): void {
    if (this.workers.size > 0 || !this.#over) return
    this.events.end()
    for (const tell of this.#gone.splice(0)) tell()
  }

  #order(order: Parameters<PoolWorker['order']>[0]): void {
    for (const worker of this.workers) worker.order(order)
  }
}
