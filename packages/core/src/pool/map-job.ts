import { UnreadBlobs, withContents } from '../blob.ts'
import type { Source } from '../primitives/backlog.ts'
import type { Task } from '../task-module.ts'
import { type Caller, lateRefusalOf, refusalOf } from './call-unit.ts'
import { ChunkEncoder } from './chunk-encoder.ts'
import { chunkOf } from './chunk-size.ts'
import type { Crew } from './crew.ts'
import { patience } from './patience.ts'
import { type MapOptions, retryingOf } from './task-options.ts'
import { type TaskKind, TaskUnit, type UnitOwner } from './task-unit.ts'

/** Many calls of a task whose results are wanted all together, in order: cut into chunks as workers come for them. */
class MapJob implements Source<TaskUnit>, UnitOwner {
  readonly priority: number
  readonly caller: unknown
  readonly #crew: Crew
  readonly #kind: TaskKind
  readonly #how: number
  readonly #options: MapOptions
  readonly #wants: Caller
  readonly #inputs: ChunkEncoder
  readonly #results: unknown[]
  readonly #units = new Set<TaskUnit>()
  #at = 0
  #left: number
  #lastChunk = 1
  #over = false
  readonly #ends: (() => void) | undefined
  readonly #closed: () => void

  constructor(crew: Crew, kind: TaskKind, how: number, inputs: ChunkEncoder, options: MapOptions, wants: Caller) {
    this.#crew = crew
    this.#kind = kind
    this.#how = how
    this.#inputs = inputs
    this.#options = options
    this.#wants = wants
    this.#closed = crew.opened()
    this.priority = options.priority ?? 0
    this.caller = options.caller ?? this
    this.#left = inputs.length
    this.#results = new Array(inputs.length)
    this.#ends = patience(options, crew.context.clock, `map of task ${kind.task.name}`, (reason) => this.abort(reason))
  }

  get ready(): boolean {
    return !this.#over && this.#at < this.#inputs.length
  }

  next(workers: number): TaskUnit | undefined {
    if (!this.ready) return undefined
    const most = chunkOf(
      this.#options.chunksize,
      this.#kind.pace,
      this.#inputs.length - this.#at,
      workers,
      this.#lastChunk,
    )
    const calls = this.#inputs.fits(this.#at, most)
    this.#lastChunk = calls
    const { priority } = this
    const retrying = retryingOf(this.#options, this.#crew.options)
    const unit = new TaskUnit(this.#kind, this, this.#inputs.word(this.#at, calls), {
      priority,
      how: this.#how,
      calls,
      retrying,
    })
    unit.at = this.#at
    this.#at += calls
    this.#units.add(unit)
    return unit
  }

  done(unit: TaskUnit, value: unknown): void {
    this.#units.delete(unit)
    const results = value as readonly unknown[]
    for (let i = 0; i < unit.calls; i++) this.#results[unit.at + i] = results[i]
    this.#left -= unit.calls
    if (this.#left === 0) this.#conclude(() => this.#wants.resolve(this.#results))
  }

  /** The others go on no further than they have to. */
  failed(_unit: TaskUnit, error: unknown): void {
    this.abort(error, true)
  }

  emitted(): void {}

  /** Ends it with that error: what has not been begun is not, and what has is told to stop. */
  abort(reason: unknown, gently = false): void {
    this.#conclude(() => this.#wants.reject(reason))
    for (const unit of this.#units) {
      this.#units.delete(unit)
      this.#crew.ledger.abort(unit, reason, gently)
    }
  }

  #conclude(tell: () => void): void {
    if (this.#over) return
    this.#over = true
    this.#ends?.()
    tell()
    this.#closed()
  }
}

/** Gives a pool a call for each input. Returns how to give them up. */
export function mapAll(
  crew: Crew,
  task: Task,
  how: number,
  inputs: Iterable<unknown> | AsyncIterable<unknown>,
  options: MapOptions,
  wants: Caller,
): (reason: unknown) => void {
  const kind = crew.kindOf(task)
  const refused = refusalOf(crew, options)
  let job: MapJob | undefined
  let over: { readonly reason: unknown } | undefined
  const begin = (encoder: ChunkEncoder) => {
    const late = over ?? lateRefusalOf(crew, options)
    if (late !== undefined) wants.reject(late.reason)
    else if (encoder.length === 0) wants.resolve([])
    else {
      job = new MapJob(crew, kind, how, encoder, options, wants)
      crew.add(job)
    }
  }
  if (refused !== undefined) wants.reject(refused.reason)
  else if (Symbol.asyncIterator in inputs)
    readAll(crew, kind, how, inputs).then(begin, wants.reject).finally(crew.opened())
  else {
    try {
      const prepared = encodeAll(crew, kind, how, [...inputs])
      if (prepared instanceof ChunkEncoder) begin(prepared)
      else prepared.then(begin, wants.reject).finally(crew.opened())
    } catch (error) {
      wants.reject(error)
    }
  }
  return (reason) => {
    if (job === undefined) over ??= { reason }
    else job.abort(reason)
  }
}

async function readAll(crew: Crew, kind: TaskKind, how: number, inputs: AsyncIterable<unknown>): Promise<ChunkEncoder> {
  const all: unknown[] = []
  for await (const input of inputs) all.push(input)
  return encodeAll(crew, kind, how, all)
}

/** Blobs among them have to be read first. */
function encodeAll(
  crew: Crew,
  kind: TaskKind,
  how: number,
  inputs: readonly unknown[],
): ChunkEncoder | Promise<ChunkEncoder> {
  const unread = new Set<UnreadBlobs['blobs'][number]>()
  const encoder = new ChunkEncoder(crew.context, kind, how)
  for (const input of inputs) {
    try {
      encoder.add(input)
    } catch (error) {
      if (!(error instanceof UnreadBlobs)) throw error
      for (const blob of error.blobs) unread.add(blob)
    }
  }
  if (unread.size === 0) return encoder
  return withContents([...unread], () => {
    const again = new ChunkEncoder(crew.context, kind, how)
    for (const input of inputs) again.add(input)
    return again
  })
}
