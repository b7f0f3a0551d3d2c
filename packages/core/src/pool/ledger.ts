import type { Clock, Timer } from '../clock.ts'
import type { Channel, Context } from '../context.ts'
import { CancelledError, RemoteTraceback, TimeoutError, WorkerDiedError } from '../errors.ts'
import { inWords } from '../in-words.ts'
import { Backlog, type Source } from '../primitives/backlog.ts'
import { Dispatcher } from '../primitives/dispatcher.ts'
import { shown } from './effects.ts'
import { Ghost } from './ghost.ts'
import { repeated } from './kept-word.ts'
import { Listening } from './listening.ts'
import type { PoolEvents } from './pool-events.ts'
import { type PoolWorker, reportOf } from './pool-worker.ts'
import { fromElsewhere } from './remote-errors.ts'
import type { TaskUnit } from './task-unit.ts'
import { type Emission, Reply, type ReplyWord } from './words.ts'

/** What the ledger has done by whoever keeps the workers. */
export interface LedgerOwner {
  readonly workers: ReadonlySet<PoolWorker>
  /** Something waits that nobody can begin. */
  short(): void
  /** Whether more workers could be started. */
  mayGrow(): boolean
  /** A worker has nothing more to do. */
  idle(worker: PoolWorker): void
  /** A worker does not stop what it was asked to: nothing of it is wanted any more. */
  stuck(worker: PoolWorker): void
  /** Nothing is left to do. */
  done(): void
  /** Why nothing is done any more, if so. */
  verdict(): Error | undefined
}

/** What was for one worker alone is given up: that one ended before it had begun it. */
export class WorkerLeftError extends CancelledError {
  constructor({ process }: PoolWorker) {
    super(`worker ${process.name} ended before it had begun it`)
  }
}

/** So long all workers may wait for those who take what they have given, while others wait for a worker. */
const STUCK_MS = 100

/**
 * Keeps account of what a pool was given to do: each unit is waiting, with a worker, resting before it is repeated, or
 * settled; and its owner is told once what became of it.
 *
 * What is to be handed out is handed out at the end of the turn, or before anything else of this context is sent.
 */
export class Ledger {
  readonly backlog = new Backlog<TaskUnit>()
  readonly dispatcher = new Dispatcher<TaskUnit>(this.backlog)
  readonly counts = { completed: 0, failed: 0, retried: 0, cancelled: 0 }
  readonly #context: Context
  readonly #clock: Clock
  readonly #owner: LedgerOwner
  readonly #events: PoolEvents
  /** How long a task may take to stop, in milliseconds. */
  readonly #grace: number
  readonly #resting = new Set<TaskUnit>()
  readonly #listening: Listening
  readonly #channel: Channel
  #open = 0
  #awaited = 0
  #scheduled = false
  /** When to look whether someone has to help another one. */
  #lookAt = Number.POSITIVE_INFINITY
  #lookTimer: Timer
  #relieving = false
  /** How many units wait for somebody to take what they have given. */
  stalled = 0

  constructor(context: Context, owner: LedgerOwner, events: PoolEvents, grace: number) {
    this.#context = context
    this.#clock = context.clock
    this.#owner = owner
    this.#events = events
    this.#grace = grace
    this.#listening = new Listening(context.clock, owner.workers)
    this.#channel = { ...NO_CHANNEL, report: () => this.#dispatch() }
  }

  /** What was begun here and has not come to its end: while there is any, the pool does not end. */
  get open(): number {
    return this.#open
  }

  /** Whoever has something done says when he begins, and when he has all that he wanted. */
  opened(): void {
    this.#open++
  }

  closed(): void {
    if (--this.#open === 0) this.#owner.done()
  }

  /** One more, or less, for whom the program shall not end. */
  awaited(change: 1 | -1): void {
    this.#awaited += change
    const was = this.#awaited - change
    if (was === 0 || this.#awaited === 0) this.#context.pending(change)
  }

  add(source: Source<TaskUnit>): void {
    this.dispatcher.add(source)
    this.schedule()
  }

  schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#context.reportLater(this.#channel)
  }

  /** A worker has said what became of a unit. */
  reply(worker: PoolWorker, [number, us, value, reply, delayed = 0]: ReplyWord): void {
    const { seat } = worker
    seat.heard(this.#clock.now())
    if (reply === Reply.BEGUN || reply === Reply.MORE) {
      const unit = seat.held.get(number)
      if (unit !== undefined) this.#heard(unit, worker, value, reply, us)
      return
    }
    const unit = seat.settle(number)
    if (unit === undefined) return
    const ms = us / 1000
    if (reply !== Reply.FAILED) unit.kind.measured(ms - delayed / 1000, unit.calls)
    this.#clearTimer(unit)
    if (!unit.settled) this.#conclude(unit, value, reply, ms)
    if (seat.count === 0) this.#owner.idle(worker)
    this.schedule()
  }

  /** A worker is gone: what it had begun fails, and what it had not goes to others. */
  lost(worker: PoolWorker, error: unknown): void {
    const { begun, lost } = this.dispatcher.leave(worker.seat)
    const { name } = worker.process
    const died = (unit: TaskUnit) =>
      new WorkerDiedError(name, reportOf(worker, error), identity(unit), { cause: error })
    for (const unit of begun) {
      this.#clearTimer(unit)
      if (!unit.settled) this.#failed(unit, died(unit))
    }
    for (const unit of lost) this.abort(unit, unit.bound ? new WorkerLeftError(worker) : died(unit))
    this.schedule()
  }

  /**
   * Nobody wants the unit any more: its owner is told that, for that reason. If it was begun it is asked to stop, and made
   * to unless that is `gently`.
   */
  abort(unit: TaskUnit, reason: unknown, gently = false): void {
    if (unit.settled) return
    this.counts.cancelled++
    if (unit.held) this.dispatcher.takeBack(unit.worker!.seat)
    if (unit.held) this.#stop(unit, reason, gently)
    else {
      this.#clearTimer(unit)
      this.#resting.delete(unit)
      this.backlog.remove(unit)
    }
    unit.settle()
    unit.failed(reason)
    this.schedule()
  }

  /** Whether a worker has begun it: without claims, whether one has it. */
  begun(unit: TaskUnit): boolean {
    return unit.held && unit.worker!.hasBegun(unit.number)
  }

  /** As `abort`, unless a worker has begun it: false, and it goes on. */
  withdraw(unit: TaskUnit, reason: unknown): boolean {
    if (unit.settled) return false
    const mine = !unit.held || this.dispatcher.withdraw(unit.worker!.seat, unit.number)
    if (mine) this.abort(unit, reason)
    else this.schedule()
    return mine
  }

  /** Looks after a unit whose attempts may only last so long: it was handed to a worker just now. */
  watch(unit: TaskUnit): void {
    const { worker, number, plan } = unit
    const late = () => {
      if (unit.settled || unit.worker !== worker || !unit.held || unit.number !== number) return
      if (worker?.works(unit)) {
        this.dispatcher.takeBack(worker.seat)
        this.schedule()
        if (!unit.held) return
        if (!isKept(unit, worker)) return this.#expire(unit)
      }
      // Its time begins when it does.
      unit.timer = this.#clock.setTimer(late, plan.attemptTimeout!)
    }
    this.#clearTimer(unit)
    unit.timer = this.#clock.setTimer(late, plan.attemptTimeout!)
  }

  /** The time of what has waited for its module begins. */
  loaded({ seat }: PoolWorker, kind: number): void {
    for (const unit of seat.held.values())
      if (unit.kind.number === kind && unit.plan.attemptTimeout !== undefined && !unit.settled) this.watch(unit)
  }

  /** Before another takes its place, which nobody could clear otherwise: the program would not end before the first. */
  #clearTimer(unit: TaskUnit): void {
    if (unit.timer === undefined) return
    this.#clock.clearTimer(unit.timer)
    unit.timer = undefined
  }

  /** An attempt has taken too long. Its worker goes on with it until it stops; for the rest, it has failed. */
  #expire(unit: TaskUnit): void {
    const { worker, number, plan, kind } = unit
    const ghost = new Ghost(unit)
    worker!.seat.held.set(number, ghost)
    const error = new TimeoutError(`task ${kind.task.name} ran longer than ${plan.attemptTimeout} ms`)
    this.#stop(ghost, error, false)
    this.#failed(unit, error)
  }

  /** Has everything fail that is waiting, resting or with a worker. */
  failAll(error: unknown): void {
    for (const unit of [...this.#resting]) this.abort(unit, error)
    // What has not been begun shall not be any more.
    for (const seat of this.dispatcher.seats) this.dispatcher.takeBack(seat)
    for (const seat of this.dispatcher.seats)
      for (const unit of [...seat.held.values()]) if (!unit.settled) this.#fail(unit, error)
    for (let unit = this.backlog.take(1); unit !== undefined; unit = this.backlog.take(1)) this.#fail(unit, error)
  }

  /** What has been begun is to stop, and its worker to be stopped if that takes longer than the grace. */
  #stop(unit: TaskUnit, reason: unknown, gently: boolean): void {
    const worker = unit.worker!
    worker.abort(unit.number, reason)
    if (gently) return
    const late = () => {
      // One that could not be taken back waits behind another, which may be wanted.
      if (worker.seat.reached(unit.number) && !isKept(unit, worker)) this.#owner.stuck(worker)
      else if (unit.held) unit.timer = this.#clock.setTimer(late, this.#grace, true)
    }
    this.#clearTimer(unit)
    unit.timer = this.#clock.setTimer(late, this.#grace, true)
  }

  #heard(unit: TaskUnit, worker: PoolWorker, value: unknown, reply: number, given: number): void {
    if (reply === Reply.BEGUN) {
      const { name, id } = identity(unit)
      this.#events.tell({ type: 'started', task: name, id, worker: worker.identity })
    } else if (!unit.settled) {
      unit.gave = true
      this.#emitted(unit, value, given)
    }
  }

  #emitted(unit: TaskUnit, value: unknown, given = 0): void {
    const emissions = value as readonly Emission[]
    for (const emission of emissions) if (emission.length === 2) traced(emission[0])
    unit.emitted(emissions, given)
  }

  #conclude(unit: TaskUnit, value: unknown, reply: number | undefined, ms: number): void {
    if (reply === Reply.FAILED) return this.#failed(unit, traced(value))
    if (unit.plan.retries > 0 && unit.calls === 1 && reply === Reply.LAST) {
      // A streamed call that has failed and given nothing can be done again.
      const [only] = value as readonly Emission[]
      if (only?.length === 2 && !unit.gave) return this.#failed(unit, traced(only[0]))
    }
    this.counts.completed++
    unit.settle()
    if (this.#events.watched) {
      const { name, id } = identity(unit)
      this.#events.tell({ type: 'finished', task: name, id, calls: unit.calls, ms })
    }
    if (reply === Reply.LAST) this.#emitted(unit, value)
    unit.done(value)
  }

  #failed(unit: TaskUnit, error: unknown): void {
    if (unit.attempt > unit.plan.retries || !unit.portable || unit.gave) return this.#fail(unit, error)
    const again = isWorth(unit, error)
    // That was the user's code.
    const verdict = this.#owner.verdict()
    if (verdict !== undefined) this.#fail(unit, verdict)
    else if (again === true) this.#retry(unit, error)
    else this.#fail(unit, again === false ? error : again.thrown)
  }

  #fail(unit: TaskUnit, error: unknown): void {
    this.counts.failed++
    this.#clearTimer(unit)
    unit.settle()
    const { name, id } = identity(unit)
    if (this.#events.watched) this.#events.tell({ type: 'failed', task: name, id, error: shown(error) })
    unit.failed(error)
  }

  #retry(unit: TaskUnit, error: unknown): void {
    unit.attempt++
    unit.keep(repeated(unit, unit.attempt))
    this.counts.retried++
    this.#resting.add(unit)
    this.#clearTimer(unit)
    unit.timer = this.#clock.setTimer(
      () => {
        this.#resting.delete(unit)
        this.backlog.restore(unit)
        this.schedule()
      },
      unit.plan.backoff * 2 ** (unit.attempt - 2),
    )
    // Whoever hears of that may give it up.
    const { name, id } = identity(unit)
    if (this.#events.watched)
      this.#events.tell({ type: 'retried', task: name, id, attempt: unit.attempt, error: shown(error) })
  }

  #dispatch(): void {
    this.#scheduled = false
    const mayGrow = this.#owner.mayGrow()
    const now = this.#clock.now()
    const ms = this.dispatcher.dispatch(now, mayGrow)
    if (ms > 0) this.#lookAgain(now, ms)
    this.#listening.wake()
    if (this.stalled > 0 && this.#isStuck) this.#relieveSoon()
    // What comes of that opens channels, which must not be done while another is being opened.
    if (mayGrow && !this.backlog.empty) queueMicrotask(() => this.#owner.short())
  }

  /**
   * Whether each worker waits for somebody who takes what it has given, while something else waits for a worker: they may be
   * waiting for each other.
   */
  get #isStuck(): boolean {
    const jobs = new Set<unknown>()
    const waiting: TaskUnit[] = []
    for (const worker of this.#owner.workers) {
      const { seat } = worker
      let stalled = 0
      for (const unit of seat.held.values()) {
        if (unit.stalled) {
          stalled++
          jobs.add(unit.job)
        } else if (worker.works(unit)) return false
        else waiting.push(unit)
      }
      if (stalled < seat.concurrency) return false
    }
    const isOther = (source: TaskUnit | Source<TaskUnit>) => !jobs.has('job' in source ? source.job : source)
    return waiting.some(isOther) || this.backlog.some(isOther)
  }

  /** More is taken from the workers than anybody has asked for, before all of them wait for ever. */
  #relieveSoon(): void {
    if (this.#relieving) return
    this.#relieving = true
    const relieve = () => {
      this.#relieving = false
      if (!this.#isStuck) return
      for (const { seat } of this.#owner.workers)
        for (const unit of [...seat.held.values()]) if (unit.stalled) unit.relieve()
    }
    this.#clock.setTimer(relieve, STUCK_MS)
  }

  #lookAgain(now: number, ms: number): void {
    if (now + ms >= this.#lookAt) return
    const look = () => {
      this.#lookAt = Number.POSITIVE_INFINITY
      this.schedule()
    }
    this.#clock.clearTimer(this.#lookTimer)
    this.#lookAt = now + ms
    this.#lookTimer = this.#clock.setTimer(look, ms, true)
  }
}

/** Whether the worker has not begun the unit, which it could, for another one that is wanted and does not yield. */
function isKept(unit: TaskUnit, worker: PoolWorker): boolean {
  if (worker.hasBegun(unit.number)) return false
  for (const other of worker.seat.held.values()) if (other !== unit && !other.settled) return true
  return false
}

/** Whether another attempt is to be made; or what the user's code has thrown when it was asked. */
function isWorth({ plan }: TaskUnit, error: unknown): boolean | { readonly thrown: unknown } {
  try {
    return Boolean(plan.retryIf(error))
  } catch (thrown) {
    if (thrown !== error) attach(thrown, () => error)
    return { thrown }
  }
}

/** What people call a unit. */
export function identity({ kind, order }: TaskUnit): { name: string; id: number } {
  return { name: kind.task.name, id: order }
}

/** Adds to an error that came from a worker the trace of where it was thrown, behind all that it has for causes. */
function traced(error: unknown): unknown {
  attach(error, () => new RemoteTraceback((error as Error).stack ?? inWords(error)), lastCause)
  return fromElsewhere(error)
}

/** The last of the errors that have each other for causes; undefined if it is none, or they go in a circle. */
function lastCause(error: unknown): Error | undefined {
  if (!(error instanceof Error)) return undefined
  if (!(error.cause instanceof Error)) return error
  const met = new Set<Error>([error])
  let last = error.cause
  while (last.cause instanceof Error && !met.has(last)) {
    met.add(last)
    last = last.cause
  }
  return met.has(last) ? undefined : last
}

/**
 * Gives an error a cause, as `new Error('', { cause })` does it, if it has none; `to` finds which one it is for. Errors
 * are the user's: they may be frozen, or throw when somebody looks at them, and are told without it then.
 */
function attach(error: unknown, cause: () => unknown, to = (each: unknown) => each): void {
  try {
    const bare = to(error)
    if (!(bare instanceof Error) || bare.cause !== undefined) return
    Object.defineProperty(bare, 'cause', { value: cause(), writable: true, configurable: true, enumerable: false })
  } catch {}
}

const NO_CHANNEL: Channel = {
  onGrant: () => {},
  onItems: () => {},
  onDeny: () => {},
  onRecall: () => {},
  onNotice: () => {},
  report: () => {},
  mayReportLater: () => false,
  waitingPuts: () => undefined,
  waiting: () => undefined,
  lost: () => {},
}
