import { UnreadBlobs, withContents } from '../blob.ts'
import { Deque } from '../deque.ts'
import type { Source } from '../primitives/backlog.ts'
import type { Task } from '../task-module.ts'
import { chunkOf } from './chunk-size.ts'
import type { Crew } from './crew.ts'
import { FIRST_CREDIT } from './emitter.ts'
import type { ValueSource } from './imap.ts'
import { InputReader } from './input-reader.ts'
import { patience } from './patience.ts'
import { type ImapOptions, retryingOf } from './task-options.ts'
import { encodeWord, type KeptWord, type TaskKind, TaskUnit, type UnitOwner } from './task-unit.ts'
import { type Emission, STREAM } from './words.ts'

/** Inputs ahead of the consumer, for each worker, in chunks, unless he says how many. */
const AHEAD = 4

/** What a unit gives, in the order in which it does. */
interface Part {
  readonly unit: TaskUnit
  readonly emissions: Deque<Emission>
  done: boolean
  /** Values that were taken since more were asked for. */
  taken: number
}

/** What is to be done, and how. */
export interface ImapRequest {
  readonly task: Task
  readonly how: number
  /** The results come in the order of the inputs. */
  readonly ordered: boolean
  readonly inputs: Iterable<unknown> | AsyncIterable<unknown>
  readonly options: ImapOptions
}

/**
 * Calls of a task whose results are wanted as they come.
 *
 *     inputs --read--> reader --next--> with workers --emissions--> parts --take--> consumer
 *            `---------------- never more than buffersize ---------------'
 */
export class ImapJob implements Source<TaskUnit>, UnitOwner, ValueSource {
  readonly priority: number
  readonly caller: unknown
  readonly #crew: Crew
  readonly #kind: TaskKind
  readonly #request: ImapRequest
  readonly #buffersize: number
  readonly #onNews: () => void
  readonly #reader: InputReader
  /** In the order of their inputs, until all that they gave was taken; in the order of their coming, if that is wanted. */
  readonly #parts = new Deque<Part>()
  readonly #byUnit = new Map<TaskUnit, Part>()
  /** What ends it before its time, with that error, if it is one for the consumer. */
  #ending: Emission | undefined
  /** Units that are waiting or with a worker: the program does not end for want of anything else to do. */
  #underWay = 0
  #over = false
  #listed = false
  #lastChunk = 1
  #ends: (() => void) | undefined

  constructor(crew: Crew, request: ImapRequest, onNews: () => void) {
    const { task, inputs, options } = request
    this.#crew = crew
    this.#request = request
    this.#kind = crew.kindOf(task)
    this.#onNews = onNews
    this.#buffersize = options.buffersize ?? AHEAD * crew.options.max * (options.chunksize ?? 1)
    this.priority = options.priority ?? 0
    this.caller = options.caller ?? this
    this.#reader = new InputReader(inputs, this.#buffersize, { news: () => this.#news() })
    crew.ledger.opened()
    crew.jobs.add(this)
    const what = `imap of task ${task.name}`
    this.#ends = patience(options, crew.context.clock, what, (reason) => this.abort(reason))
    this.#reader.read()
    this.#list()
  }

  get ready(): boolean {
    return !this.#over && this.#reader.length > 0
  }

  next(workers: number): TaskUnit | undefined {
    const { pace } = this.#kind
    const count = chunkOf(this.#request.options.chunksize, pace, this.#buffersize, workers, this.#lastChunk)
    const args = this.#over ? [] : this.#reader.take(count)
    const unit = args.length === 0 ? undefined : this.#unit(args)
    this.#listed = this.ready
    return unit
  }

  emitted(unit: TaskUnit, emissions: readonly Emission[]): void {
    const part = this.#byUnit.get(unit)
    if (part === undefined) return
    for (const emission of emissions) part.emissions.push(emission)
    if (!this.#request.ordered && emissions.length > 0) this.#parts.push(part)
    this.#onNews()
  }

  done(unit: TaskUnit): void {
    const part = this.#byUnit.get(unit)
    if (part !== undefined) this.#close(part)
  }

  /** Each of its calls has failed. */
  failed(unit: TaskUnit, error: unknown): void {
    this.emitted(unit, new Array<Emission>(unit.calls).fill([error, true]))
    this.done(unit)
  }

  take(): Emission | undefined {
    if (this.#ending !== undefined) return this.#takeEnding()
    for (let part = this.#parts.peek(); part !== undefined; part = this.#parts.peek()) {
      const emission = part.emissions.shift()
      if (emission !== undefined) {
        this.#taken(part)
        return emission
      }
      if (this.#request.ordered && !part.done) return undefined
      this.#parts.shift()
    }
    // What the inputs failed of comes behind the results of those before.
    const failed = this.#byUnit.size === 0 && this.#reader.length === 0 ? this.#reader.takeError() : undefined
    return failed && [failed.error, true]
  }

  get ended(): boolean {
    if (this.#over) return this.#ending === undefined
    return this.#reader.finished && !this.#reader.failed
  }

  /** From now on as much is read as there is: the pool is to end, and who takes the results may wait for that. */
  hurry(): void {
    this.#reader.unbound()
    this.#list()
  }

  stop(reason: unknown): void {
    this.#end(reason)
    this.#ending = undefined
  }

  /** Ends it with that error. */
  abort(reason: unknown): void {
    if (this.#over) return
    this.#ending = [reason, true]
    this.#end(reason)
    this.#onNews()
  }

  #unit(args: readonly unknown[]): TaskUnit | undefined {
    try {
      const unit = this.#part(this.#word(args), args.length).unit
      this.#lastChunk = args.length
      return unit
    } catch (error) {
      if (args.length > 1) {
        // One of them cannot travel, or not with the others: the others can.
        this.#reader.putBack(args.slice(1))
        return this.#unit(args.slice(0, 1))
      }
      const { unit } = this.#part({ live: undefined }, 1)
      if (error instanceof UnreadBlobs) this.#giveOnceRead(unit, error, args)
      else this.failed(unit, error)
      return undefined
    }
  }

  #word(args: readonly unknown[]): KeptWord {
    return encodeWord(this.#crew.context, this.#kind, this.#request.how | STREAM, args)
  }

  /** Has its place in the order, and is given out when the Blobs have been read. */
  #giveOnceRead(unit: TaskUnit, { blobs }: UnreadBlobs, args: readonly unknown[]): void {
    withContents(blobs, () => this.#word(args)).then(
      (word) => {
        if (this.#over) return
        unit.word = word
        this.#crew.ledger.backlog.restore(unit)
        this.#crew.ledger.schedule()
      },
      (error) => this.failed(unit, error),
    )
  }

  #part(word: KeptWord, calls: number): Part {
    const { how, options, ordered } = this.#request
    const retrying = retryingOf(options, this.#crew.options)
    const unit = new TaskUnit(this.#kind, this, word, { priority: this.priority, how: how | STREAM, calls, retrying })
    const part: Part = { unit, emissions: new Deque(), done: false, taken: 0 }
    if (this.#underWay++ === 0) this.#crew.ledger.awaited(1)
    this.#byUnit.set(unit, part)
    if (ordered) this.#parts.push(part)
    return part
  }

  #close(part: Part): void {
    part.done = true
    if (--this.#underWay === 0) this.#crew.ledger.awaited(-1)
    this.#clear(part)
    this.#onNews()
  }

  #taken(part: Part): void {
    const { unit, done } = part
    if (++part.taken >= FIRST_CREDIT / 2 && !done) {
      if (unit.held) unit.worker!.order(['more', unit.number, part.taken])
      part.taken = 0
    }
    this.#clear(part)
  }

  /** All that the unit gave was taken: there is room for more inputs. */
  #clear(part: Part): void {
    if (!part.done || part.emissions.length > 0 || !this.#byUnit.delete(part.unit)) return
    this.#reader.release(part.unit.calls)
    this.#list()
    if (this.#reader.finished && !this.#over) this.#conclude()
  }

  #news(): void {
    this.#list()
    this.#onNews()
  }

  /** Something was read: it waits for a worker. */
  #list(): void {
    if (this.#listed || !this.ready) return
    this.#listed = true
    this.#crew.add(this)
  }

  #takeEnding(): Emission | undefined {
    const ending = this.#ending
    this.#ending = undefined
    return ending
  }

  #end(reason: unknown): void {
    if (this.#over) return
    this.#conclude()
    this.#reader.stop()
    const units = [...this.#byUnit.keys()]
    this.#byUnit.clear()
    this.#parts.clear()
    if (this.#underWay > 0) this.#crew.ledger.awaited(-1)
    this.#underWay = 0
    for (const unit of units) this.#crew.ledger.abort(unit, reason)
  }

  #conclude(): void {
    this.#over = true
    this.#ends?.()
    this.#crew.jobs.delete(this)
    this.#crew.ledger.closed()
  }
}
