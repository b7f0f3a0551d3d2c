import type { Source } from '../primitives/backlog.ts'
import type { Caller } from './call-unit.ts'
import type { ChunkEncoder } from './chunk-encoder.ts'
import { chunkOf } from './chunk-size.ts'
import type { Crew } from './crew.ts'
import type { KeptWord } from './kept-word.ts'
import { patience } from './patience.ts'
import { type Plan, planOf } from './plan.ts'
import type { TaskKind } from './task-kind.ts'
import type { MapOptions } from './task-options.ts'
import { type TaskUnit, WholeUnit } from './task-unit.ts'

/** Many calls of a task whose results are wanted all together, in order: cut into chunks as workers come for them. */
export class MapJob implements Source<TaskUnit> {
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
    const word = this.#word(calls)
    if (word === undefined) return undefined
    const unit = new ChunkUnit(this, this.#kind, this.#plan, calls, word)
    unit.at = this.#at
    this.#at += calls
    this.#units.add(unit)
    return unit
  }

  #word(calls: number): KeptWord | undefined {
    try {
      return this.#inputs.word(this.#at, calls)
    } catch (error) {
      this.abort(error)
      return undefined
    }
  }

  done(unit: ChunkUnit, results: readonly unknown[]): void {
    this.#units.delete(unit)
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
    this.#inputs.release()
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
class ChunkUnit extends WholeUnit {
  /** Where the first of them is among all. */
  at = 0
  readonly #job: MapJob

  constructor(job: MapJob, kind: TaskKind, plan: Plan, calls: number, word: KeptWord) {
    super(kind, plan, calls, word)
    this.#job = job
  }

  done(value: unknown): void {
    this.#job.done(this, this.whole(value) as readonly unknown[])
  }

  failed(error: unknown): void {
    this.#job.failed(error)
  }
}
