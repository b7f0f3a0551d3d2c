import { inWords } from '../in-words.ts'
import type { Task } from '../task-module.ts'
import { type Caller, lateRefusalOf, refusalOf } from './call-unit.ts'
import { ChunkEncoder } from './chunk-encoder.ts'
import type { Crew } from './crew.ts'
import { ImapIterator } from './imap.ts'
import { isAsync } from './input-reader.ts'
import { MapJob } from './map-job.ts'
import { lateAtOnce, patience } from './patience.ts'
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
  const refused = refusalOf(crew, options) ?? lateAtOnce(options, 'map of task', task)
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
  /** Where inputs come from one by one, as long as there may be more. */
  #source: AsyncIterator<unknown> | undefined

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
    if (!this.#conclude()) return
    this.#stopReading()
    this.#wants.reject(reason)
  }

  /** All that is to be done is to read: nobody can hurry that. */
  hurry(): void {}

  #wait(prepared: Promise<void>): void {
    this.#state = 'reading'
    this.#crew.opened()
    this.#crew.jobs.add(this)
    const what = `map of task ${this.#kind.task.name}`
    this.#ends = patience(this.#options, this.#crew.context.clock, what, (reason) => this.abort(reason))
    prepared.then(
      () => (this.#state === 'reading' ? this.#start() : this.#inputs.release()),
      (error) => {
        this.#inputs.release()
        this.abort(error)
      },
    )
    // The inputs are the user's code: it may have ended the pool.
    const { verdict } = this.#crew
    if (verdict !== undefined) this.abort(verdict)
  }

  /** True: it was still reading. */
  #conclude(): boolean {
    if (this.#state !== 'reading') return false
    this.#state = 'over'
    this.#ends?.()
    this.#crew.jobs.delete(this)
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
    const source = inputs[Symbol.asyncIterator]()
    this.#source = source
    let over = true
    try {
      for (;;) {
        over = !(inputs instanceof ImapIterator)
        const result = await source.next()
        if (this.#state === 'over') return
        if (typeof result !== 'object' || result === null)
          throw new TypeError(`${inWords(result)} is no iterator result`)
        if (result.done) break
        over = false
        this.#inputs.add(result.value)
      }
    } finally {
      // One that is at its end, or has thrown, is told nothing more; but results go on after an error.
      if (over) this.#source = undefined
    }
    await this.#inputs.complete()
  }

  /** At once, and not when the next input comes: perhaps none does. */
  #stopReading(): void {
    const source = this.#source
    this.#source = undefined
    if (source !== undefined) void (async () => source.return?.())().catch(() => {})
  }
}
