import { type BlobLike, UnreadBlobs, withContents } from '../blob.ts'
import type { Source } from '../primitives/backlog.ts'
import type { Task } from '../task-module.ts'
import type { Crew } from './crew.ts'
import { patience } from './patience.ts'
import type { PoolWorker } from './pool-worker.ts'
import { retryingOf, type TaskOptions } from './task-options.ts'
import { encodeWord, type KeptWord, type TaskKind, TaskUnit, type UnitOwner } from './task-unit.ts'
import { How } from './words.ts'

/** Who wants the result of a call. */
export interface Caller {
  resolve(value: unknown): void
  reject(error: unknown): void
}

/** All single calls whose caller is not named are of this one. */
const ANYBODY = Symbol('anybody')

/** One call of a task: a unit, and the one that it comes from. */
export class CallUnit extends TaskUnit implements Source<TaskUnit> {
  readonly caller: unknown
  readonly #wants: Caller
  readonly #closed: () => void
  #taken = false
  #ends: (() => void) | undefined

  constructor(crew: Crew, kind: TaskKind, word: KeptWord, options: TaskOptions, wants: Caller, closed: () => void) {
    const retrying = retryingOf(options, crew.options)
    super(kind, OWNER, word, { priority: options.priority ?? 0, how: How.CALL, calls: 1, retrying })
    this.caller = options.caller ?? ANYBODY
    this.#wants = wants
    this.#closed = closed
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

  succeeded(value: unknown): void {
    this.#ends?.()
    this.#wants.resolve(value)
    this.#closed()
  }

  broke(error: unknown): void {
    this.#ends?.()
    this.#wants.reject(error)
    this.#closed()
  }
}

/** A call is its own owner. */
const OWNER: UnitOwner = {
  done: (unit, value) => (unit as CallUnit).succeeded(value),
  failed: (unit, error) => (unit as CallUnit).broke(error),
  emitted: () => {},
}

/** Gives a pool one call; whoever wants the result gets that or an error. Returns how to give it up. */
export function call(
  crew: Crew,
  task: Task,
  args: readonly unknown[],
  options: TaskOptions,
  wants: Caller,
  worker?: PoolWorker,
): (reason: unknown) => void {
  const { ledger, context } = crew
  const kind = crew.kindOf(task)
  const refused = refusalOf(crew, options)
  if (refused !== undefined) {
    wants.reject(refused.reason)
    return () => {}
  }
  let word: KeptWord
  try {
    word = encodeWord(context, kind, How.CALL, args)
  } catch (error) {
    if (error instanceof UnreadBlobs) return callOnceRead(crew, kind, error.blobs, args, options, wants)
    wants.reject(error)
    return () => {}
  }
  const unit = new CallUnit(crew, kind, word, options, wants, crew.opened())
  if (worker === undefined) crew.add(unit)
  else crew.give(worker, unit)
  return (reason) => ledger.abort(unit, reason)
}

/** Why it cannot even be begun, if so. */
export function refusalOf({ refusal }: Crew, options: TaskOptions): Refusal | undefined {
  return reasonOf(refusal, options)
}

/** Why what was taken before cannot be begun any more, if so; a pool that was closed meanwhile does it. */
export function lateRefusalOf({ verdict }: Crew, options: TaskOptions): Refusal | undefined {
  return reasonOf(verdict, options)
}

interface Refusal {
  readonly reason: unknown
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
  options: TaskOptions,
  wants: Caller,
): (reason: unknown) => void {
  const closed = crew.opened()
  let given: CallUnit | undefined
  let over: { readonly reason: unknown } | undefined
  withContents(blobs, () => encodeWord(crew.context, kind, How.CALL, args)).then(
    (word) => {
      const refused = over ?? lateRefusalOf(crew, options)
      if (refused !== undefined) {
        wants.reject(refused.reason)
        return closed()
      }
      given = new CallUnit(crew, kind, word, options, wants, closed)
      crew.add(given)
    },
    (error) => {
      wants.reject(error)
      closed()
    },
  )
  return (reason) => {
    if (given === undefined) over ??= { reason }
    else crew.ledger.abort(given, reason)
  }
}
