import { UnreadBlobs, withContents } from '../blob.ts'
import type { Source } from '../primitives/backlog.ts'
import type { Task } from '../task-module.ts'
import { type Caller, lateRefusalOf, refusalOf } from './call-unit.ts'
import { ChunkEncoder } from './chunk-encoder.ts'
import { chunkOf } from './chunk-size.ts'
import type { Crew } from './crew.ts'
import type { KeptWord } from './kept-word.ts'
import { patience } from './patience.ts'
import { type Plan, planOf } from './plan.ts'
import type { TaskKind } from './task-kind.ts'
import type { MapOptions } from './task-options.ts'
import { TaskUnit } from './task-unit.ts'

/** Many calls of a task whose results are wanted all together, in order: cut into chunks as workers come for them. */
class MapJob implements Source<TaskUnit> {
  readonly #plan: Plan
  readonly #crew: Crew
  readonly #kind: TaskKind
  readonly #options: MapOptions
  readonly #wants: Caller
  readonly #inputs: ChunkEncoder
  readonly #results: unknown[]
  readonly #units = new Set<ChunkUnit>()
  #at = 0
  #left: number
  #lastChunk = 1
  #over = false
  readonly #ends: (() => void) | undefined

  constructor(crew: Crew, kind: TaskKind, how: number, inputs: ChunkEncoder, options: MapOptions, wants: Caller) {
    this.#crew = crew
    this.#kind = kind
    this.#plan = planOf(how, options, crew.options, this)
    this.#inputs = inputs
    this.#options = options
    this.#wants = wants
    crew.opened()
    this.#left = inputs.length
    this.#results = new Array(inputs.length)
    this.#ends = patience(options, crew.context.clock, `map of task ${kind.task.name}`, (reason) => this.abort(reason))
  }

  get priority(): number {
    return this.#plan.priority
  }

  get caller(): unknown {
    return this.#plan.caller
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
    const unit = new ChunkUnit(this, this.#kind, this.#plan, calls, this.#inputs.word(this.#at, calls))
    unit.at = this.#at
    this.#at += calls
    this.#units.add(unit)
    return unit
  }

  done(unit: ChunkUnit, value: unknown): void {
    this.#units.delete(unit)
    const results = value as readonly unknown[]
    for (let i = 0; i < unit.calls; i++) this.#results[unit.at + i] = results[i]
    this.#left -= unit.calls
    if (this.#left === 0) this.#conclude(() => this.#wants.resolve(this.#results))
  }

  /** The others go on no further than they have to. */
  failed(error: unknown): void {
    this.abort(error, true)
  }

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
    this.#crew.closed()
  }
}

/** Some neighbours among the calls. */
class ChunkUnit extends TaskUnit {
  /** Where the first of them is among all. */
  at = 0
  readonly #job: MapJob

  constructor(job: MapJob, kind: TaskKind, plan: Plan, calls: number, word: KeptWord) {
    super(kind, plan, calls, word)
    this.#job = job
  }

  done(value: unknown): void {
    this.#job.done(this, value)
  }

  failed(error: unknown): void {
    this.#job.failed(error)
  }

  emitted(): void {}
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
  const preparation = new Preparation(crew, kind, how, options, wants)
  if (refused !== undefined) wants.reject(refused.reason)
  else preparation.begin(inputs)
  return (reason) => preparation.abort(reason)
}

/** What is to be done before there is a job: reading all inputs, and what Blobs there are among them. */
class Preparation {
  readonly #crew: Crew
  readonly #kind: TaskKind
  readonly #how: number
  readonly #options: MapOptions
  readonly #wants: Caller
  #state: 'new' | 'reading' | 'over' = 'new'
  #job: MapJob | undefined
  #ends: (() => void) | undefined

  constructor(crew: Crew, kind: TaskKind, how: number, options: MapOptions, wants: Caller) {
    this.#crew = crew
    this.#kind = kind
    this.#how = how
    this.#options = options
    this.#wants = wants
  }

  begin(inputs: Iterable<unknown> | AsyncIterable<unknown>): void {
    if (Symbol.asyncIterator in inputs) return this.#wait(this.#read(inputs))
    try {
      const prepared = this.#encode([...inputs])
      if (prepared instanceof ChunkEncoder) this.#start(prepared)
      else this.#wait(prepared)
    } catch (error) {
      this.#wants.reject(error)
    }
  }

  abort(reason: unknown): void {
    if (this.#job !== undefined) return this.#job.abort(reason)
    if (this.#conclude()) this.#wants.reject(reason)
  }

  #wait(prepared: Promise<ChunkEncoder>): void {
    this.#state = 'reading'
    this.#crew.opened()
    const what = `map of task ${this.#kind.task.name}`
    this.#ends = patience(this.#options, this.#crew.context.clock, what, (reason) => this.abort(reason))
    prepared.then(
      (encoder) => this.#state === 'reading' && this.#start(encoder),
      (error) => this.abort(error),
    )
  }

  /** True: it was still reading. */
  #conclude(): boolean {
    if (this.#state !== 'reading') return false
    this.#state = 'over'
    this.#ends?.()
    this.#crew.closed()
    return true
  }

  #start(encoder: ChunkEncoder): void {
    const late = lateRefusalOf(this.#crew, this.#options)
    if (late !== undefined) this.#wants.reject(late.reason)
    else if (encoder.length === 0) this.#wants.resolve([])
    else {
      this.#job = new MapJob(this.#crew, this.#kind, this.#how, encoder, this.#options, this.#wants)
      this.#crew.add(this.#job)
    }
    this.#conclude()
  }

  async #read(inputs: AsyncIterable<unknown>): Promise<ChunkEncoder> {
    const all: unknown[] = []
    for await (const input of inputs) {
      if (this.#state === 'over') break
      all.push(input)
    }
    return this.#encode(all)
  }

  /** Blobs among them have to be read first. */
  #encode(inputs: readonly unknown[]): ChunkEncoder | Promise<ChunkEncoder> {
    const unread = new Set<UnreadBlobs['blobs'][number]>()
    const encoder = new ChunkEncoder(this.#crew.context, this.#kind, this.#how)
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
      const again = new ChunkEncoder(this.#crew.context, this.#kind, this.#how)
      for (const input of inputs) again.add(input)
      return again
    })
  }
}
