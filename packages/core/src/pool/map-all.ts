import type { Task } from '../task-module.ts'
import { type Caller, lateRefusalOf, refusalOf } from './call-unit.ts'
import { ChunkEncoder } from './chunk-encoder.ts'
import type { Crew } from './crew.ts'
import { isAsync } from './input-reader.ts'
import { MapJob } from './map-job.ts'
import { patience } from './patience.ts'
import { Snapshots } from './snapshots.ts'
import type { TaskKind } from './task-kind.ts'
import type { MapOptions } from './task-options.ts'

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
  readonly #inputs: Snapshots
  #state: 'new' | 'reading' | 'over' = 'new'
  #job: MapJob | undefined
  #ends: (() => void) | undefined

  constructor(crew: Crew, kind: TaskKind, how: number, options: MapOptions, wants: Caller) {
    this.#crew = crew
    this.#kind = kind
    this.#how = how
    this.#options = options
    this.#wants = wants
    this.#inputs = new Snapshots(new ChunkEncoder(crew.context, kind, how))
  }

  begin(inputs: Iterable<unknown> | AsyncIterable<unknown>): void {
    if (isAsync(inputs)) return this.#wait(this.#read(inputs))
    try {
      for (const input of inputs) this.#inputs.add(input)
      if (this.#inputs.waiting === undefined) this.#start()
      else this.#wait(this.#inputs.complete())
    } catch (error) {
      this.#inputs.release()
      this.#wants.reject(error)
    }
  }

  abort(reason: unknown): void {
    if (this.#job !== undefined) return this.#job.abort(reason)
    if (this.#conclude()) this.#wants.reject(reason)
  }

  #wait(prepared: Promise<void>): void {
    this.#state = 'reading'
    this.#crew.opened()
    const what = `map of task ${this.#kind.task.name}`
    this.#ends = patience(this.#options, this.#crew.context.clock, what, (reason) => this.abort(reason))
    prepared.then(
      () => (this.#state === 'reading' ? this.#start() : this.#inputs.release()),
      (error) => {
        this.#inputs.release()
        this.abort(error)
      },
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

  #start(): void {
    const { encoder } = this.#inputs
    const late = lateRefusalOf(this.#crew, this.#options)
    if (late !== undefined) {
      encoder.release()
      this.#wants.reject(late.reason)
    } else if (encoder.length === 0) this.#wants.resolve([])
    else {
      this.#job = new MapJob(this.#crew, this.#kind, this.#how, encoder, this.#options, this.#wants)
      this.#crew.add(this.#job)
    }
    this.#conclude()
  }

  async #read(inputs: AsyncIterable<unknown>): Promise<void> {
    for await (const input of inputs) {
      if (this.#state === 'over') return
      this.#inputs.add(input)
    }
    await this.#inputs.complete()
  }
}
