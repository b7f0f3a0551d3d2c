import { type BlobLike, UnreadBlobs, withContents } from '../blob.ts'
import type { Source } from '../primitives/backlog.ts'
import type { Task } from '../task-module.ts'
import type { Crew } from './crew.ts'
import { TOLD } from './effects.ts'
import { encodeWord, type KeptWord, leaveOut } from './kept-word.ts'
import { isPatient, lateAtOnce, patience, type Refusal } from './patience.ts'
import { planOf } from './plan.ts'
import type { PoolWorker } from './pool-worker.ts'
import type { TaskKind } from './task-kind.ts'
import type { TaskOptions } from './task-options.ts'
import { type TaskUnit, WholeUnit } from './task-unit.ts'
import { How } from './words.ts'

/** Who wants the result of a call. */
export interface Caller {
  resolve(value: unknown): void
  reject(error: unknown): void
  /** Told the unit, once there is one. */
  given?(unit: CallUnit): void
}

/** What is to be called: with these arguments; or with each of these lists of them, if `how` says so. */
export interface CallRequest {
  readonly task: Task
  readonly args: readonly unknown[]
  readonly how?: typeof How.CALL | typeof How.SPREAD
}

/** One call of a task, or some that go together: a unit, and the one that it comes from. */
export class CallUnit extends WholeUnit implements Source<TaskUnit> {
  readonly #crew: Crew
  readonly #wants: Caller
  #ends: (() => void) | undefined
  /** It waits no more as its own source. */
  #taken = false

  constructor(crew: Crew, kind: TaskKind, word: KeptWord, order: CallOrder, wants: Caller) {
    const { how, calls, options } = order
    super(kind, planOf(how, options, crew.options), calls, word)
    this.#crew = crew
    this.#wants = wants
    if (!isPatient(options))
      this.#ends = patience(options, crew.context.clock, `task ${kind.task.name}`, (reason) =>
        crew.ledger.abort(this, reason),
      )
  }

  get ready(): boolean {
    return !this.#taken && !this.settled
  }

  next(): TaskUnit | undefined {
    if (!this.ready) return undefined
    this.#taken = true
    return this
  }

  done(value: unknown): void {
    this.#ends?.()
    this.#wants.resolve(this.whole(value))
    this.#crew.closed()
  }

  failed(error: unknown): void {
    this.#ends?.()
    this.#wants.reject(error)
    this.#crew.closed()
  }
}

/** How calls are to be done that go together. */
interface CallOrder {
  readonly how: number
  readonly calls: number
  readonly options: TaskOptions
}

/** Gives a pool one call, or some that go together; whoever wants the result gets that or an error. Returns how to give it up. */
export function call(
  crew: Crew,
  { task, args, how = How.CALL }: CallRequest,
  options: TaskOptions,
  wants: Caller,
  worker?: PoolWorker,
): (reason: unknown) => void {
  const { ledger, context } = crew
  const kind = crew.kindOf(task)
  const refused = refusalOf(crew, options) ?? lateAtOnce(options, 'task', task)
  if (refused !== undefined) {
    wants.reject(refused.reason)
    return () => {}
  }
  const order = { how, calls: how === How.CALL ? 1 : args.length, options }
  let word: KeptWord
  try {
    word = encodeWord(context, kind, how, args, options[TOLD])
  } catch (error) {
    if (error instanceof UnreadBlobs) return callOnceRead(crew, kind, error.blobs, args, order, wants, worker)
    wants.reject(error)
    return () => {}
  }
  // A getter of an argument may have ended the pool, or given up the call.
  const late = lateRefusalOf(crew, options)
  if (late !== undefined) {
    leaveOut(word)
    wants.reject(late.reason)
    return () => {}
  }
  crew.opened()
  const unit = new CallUnit(crew, kind, word, order, wants)
  wants.given?.(unit)
  give(crew, unit, worker)
  return (reason) => ledger.abort(unit, reason)
}

function give(crew: Crew, unit: CallUnit, worker: PoolWorker | undefined): void {
  if (worker === undefined) crew.add(unit)
  else crew.give(worker, unit)
}

/** Why it cannot even be begun, if so. */
export function refusalOf({ refusal }: Crew, options: TaskOptions): Refusal | undefined {
  return reasonOf(refusal, options)
}

/** Why what was taken before cannot be begun any more, if so; a pool that was closed meanwhile does it. */
export function lateRefusalOf({ verdict }: Crew, options: TaskOptions): Refusal | undefined {
  return reasonOf(verdict, options)
}

function reasonOf(reason: Error | undefined, { signal }: TaskOptions): Refusal | undefined {
  if (reason !== undefined) return { reason }
  return signal?.aborted ? { reason: signal.reason } : undefined
}

/** Blobs have to be read before anything can be sent. */
function callOnceRead(
  crew: Crew,
  kind: TaskKind,
  blobs: readonly BlobLike[],
  args: readonly unknown[],
  order: CallOrder,
  wants: Caller,
  worker: PoolWorker | undefined,
): (reason: unknown) => void {
  crew.opened()
  let given: CallUnit | undefined
  let over: { readonly reason: unknown } | undefined
  withContents(blobs, () => encodeWord(crew.context, kind, order.how, args, order.options[TOLD])).then(
    (word) => {
      const refused = over ?? lateRefusalOf(crew, order.options)
      if (refused !== undefined) {
        leaveOut(word)
        wants.reject(refused.reason)
        return crew.closed()
      }
      given = new CallUnit(crew, kind, word, order, wants)
      wants.given?.(given)
      give(crew, given, worker)
    },
    (error) => {
      wants.reject(error)
      crew.closed()
    },
  )
  return (reason) => {
    if (given === undefined) over ??= { reason }
    else crew.ledger.abort(given, reason)
  }
}
