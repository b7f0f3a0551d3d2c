import { UnreadBlobs, withContents } from '../blob.ts'
import { Deque } from '../deque.ts'
import type { Source } from '../primitives/backlog.ts'
import type { Task } from '../task-module.ts'
import { chunkOf } from './chunk-size.ts'
import type { Crew } from './crew.ts'
import { FIRST_CREDIT } from './emitter.ts'
import type { ValueSource } from './imap.ts'
import { InputReader } from './input-reader.ts'
import type { InputsAhead } from './inputs-ahead.ts'
import { encodeWord, type KeptWord, leaveOut, NO_WORD } from './kept-word.ts'
import { lateAtOnce, patience } from './patience.ts'
import { type Plan, planOf } from './plan.ts'
import { PushedInputs } from './pushed-inputs.ts'
import type { TaskKind } from './task-kind.ts'
import type { ImapOptions } from './task-options.ts'
import { TaskUnit } from './task-unit.ts'
import { type Emission, STREAM, WHOLE } from './words.ts'

/** Inputs ahead of the consumer, for each worker, in chunks, unless he says how many. */
const AHEAD = 4

/** A unit, and what it gives, in the order in which it does. */
class Part extends TaskUnit {
  readonly emissions = new Deque<Emission>()
  over = false
  /** There is room for as many inputs again. */
  released = false
  /** Values that were taken since more were asked for. */
  taken = 0
  /** How many values it may give that need room. */
  allowed = FIRST_CREDIT
  /** How many more it may give if it has to go on all the same: twice as many each time. */
  #relief = FIRST_CREDIT
  /** The inputs of its calls, if they are wanted. */
  readonly inputs: readonly unknown[] | undefined
  readonly #job: ImapJob

  constructor(
    job: ImapJob,
    kind: TaskKind,
    plan: Plan,
    calls: number,
    word: KeptWord,
    inputs: readonly unknown[] | undefined,
  ) {
    super(kind, plan, calls, word)
    this.#job = job
    this.inputs = inputs
  }

  override get job(): ImapJob {
    return this.#job
  }

  override relieve(): void {
    this.#job.allow(this, this.#relief)
    this.#relief *= 2
  }

  done(): void {
    this.#job.done(this)
  }

  failed(error: unknown): void {
    this.#job.failed(this, error)
  }

  emitted(emissions: readonly Emission[], given: number): void {
    this.#job.emitted(this, emissions, given)
  }
}

/** What is to be done, and how. */
export interface ImapRequest {
  readonly task: Task
  readonly how: number
  /** The results come in the order of the inputs. */
  readonly ordered: boolean
  readonly inputs: Iterable<unknown> | AsyncIterable<unknown> | PushedInputs
  readonly options: ImapOptions
  /** Whoever takes a result also wants to know of which input it is; each call has one result then. */
  readonly whole?: boolean
  /** Each call goes by itself: so it is known of which input its results are, however many. */
  readonly alone?: boolean
  /** What a call is given for an input, if not that itself; what it throws is what the call has failed of. */
  readonly sent?: ((input: unknown) => unknown) | undefined
}

/**
 * Calls of a task whose results are wanted as they come.
 *
 *     inputs --read--> reader --next--> with workers --emissions--> parts --take--> consumer
 *            `---------------- never more than buffersize ---------------'
 */
export class ImapJob implements Source<TaskUnit>, ValueSource {
  readonly #plan: Plan
  readonly #crew: Crew
  readonly #kind: TaskKind
  readonly #request: ImapRequest
  readonly #buffersize: number
  readonly #onNews: () => void
  readonly #chunksize: number | undefined
  readonly #reader: InputsAhead
  /** In the order of their inputs, until all that they gave was taken; in the order of their coming, if that is wanted. */
  readonly #parts = new Deque<Part>()
  /** Those of which something is still to be taken, or to come. */
  readonly #open = new Set<Part>()
  /** What ends it before its time, with that error, if it is one for the consumer. */
  #ending: Emission | undefined
  /** Units that wait or are with a worker, and how many of them are stalled. */
  #underWay = 0
  #stalled = 0
  /** Of which input the result is that was taken last, if that is wanted. */
  input: unknown
  #over = false
  #hurried = false
  #listed = false
  #lastChunk = 1
  #ends: (() => void) | undefined

  constructor(crew: Crew, request: ImapRequest, onNews: () => void) {
    const { task, how, inputs, options } = request
    this.#crew = crew
    this.#request = request
    this.#kind = crew.kindOf(task)
    this.#onNews = onNews
    this.#buffersize = options.buffersize ?? AHEAD * crew.options.max * (options.chunksize ?? 1)
    this.#plan = planOf(how | STREAM | (request.whole ? WHOLE : 0), options, crew.options, this)
    // What a call of several has failed of is told at once: nobody could do that one again.
    const alone = request.alone === true || this.#plan.retries > 0
    this.#chunksize = alone ? 1 : options.chunksize
    this.#reader =
      inputs instanceof PushedInputs ? inputs : new InputReader(inputs, this.#buffersize, () => this.#heard())
    if (inputs instanceof PushedInputs) inputs.onNews = () => this.#heard()
    crew.ledger.opened()
    crew.jobs.add(this)
    const late = lateAtOnce(options, 'imap of task', task)
    if (late !== undefined) {
      this.#ending = [late.reason, true]
      this.#end(late.reason)
      // Whoever waits for news does not have this job yet.
      queueMicrotask(onNews)
      return
    }
    this.#ends = patience(options, crew.context.clock, `imap of task ${task.name}`, (reason) => this.abort(reason))
    this.#reader.read()
    this.#list()
    this.#checkEnd()
  }

  get priority(): number {
    return this.#plan.priority
  }

  get caller(): unknown {
    return this.#plan.caller
  }

  get ready(): boolean {
    return !this.#over && this.#reader.length > 0
  }

  /**
   * Inputs that come one by one, as the results of another stage do, are not sent one by one to workers that are busy
   * anyway: a unit of one would cost as much on its way there and back as a whole chunk.
   */
  next(workers: number, ahead: boolean): TaskUnit | undefined {
    const reader = this.#reader
    let unit: TaskUnit | undefined
    while (unit === undefined && this.ready) {
      const remaining = reader.over ? reader.length : this.#buffersize
      const count = chunkOf(this.#chunksize, this.#kind.pace, remaining, workers, this.#lastChunk)
      if (ahead && reader.length < count && reader.expecting) break
      unit = this.#unit(reader.take(count))
    }
    this.#listed = this.ready
    return unit
  }

  emitted(part: Part, emissions: readonly Emission[], given = 0): void {
    if (!this.#open.has(part)) return
    for (const emission of emissions) part.emissions.push(emission)
    if (!this.#request.ordered && emissions.length > 0) this.#parts.push(part)
    if (given >= part.allowed) this.#stall(part, true)
    if (this.#hurried) this.allow(part, emissions.length)
    this.#onNews()
  }

  done(part: Part): void {
    if (!this.#open.has(part)) return
    part.over = true
    this.#stall(part, false)
    this.#count(-1, 0)
    this.#clear(part)
    this.#onNews()
  }

  /** Each of its calls has failed. */
  failed(part: Part, error: unknown): void {
    this.emitted(part, new Array<Emission>(part.calls).fill([error, true]))
    this.done(part)
  }

  take(): Emission | undefined {
    if (this.#ending !== undefined) return this.#takeEnding()
    for (let part = this.#parts.peek(); part !== undefined; part = this.#parts.peek()) {
      const emission = part.emissions.shift()
      if (emission !== undefined) {
        this.#taken(part)
        return emission
      }
      if (this.#request.ordered && !part.over) return undefined
      this.#parts.shift()
    }
    // What the inputs failed of comes behind the results of those before.
    const failed = this.#open.size === 0 && this.#reader.length === 0 ? this.#reader.takeError() : undefined
    this.#checkEnd()
    return failed && [failed.error, true]
  }

  /** Whether what `take` gives next is why all of it was given up. */
  get aborted(): boolean {
    return this.#ending !== undefined
  }

  get ended(): boolean {
    if (this.#ending !== undefined || this.#open.size > 0 || this.#reader.failed) return false
    return this.#over || this.#reader.finished
  }

  /** From now on results wait, however many, and neither inputs nor workers wait for them: the pool is to end. */
  hurry(): void {
    if (this.#hurried) return
    this.#hurried = true
    for (const part of [...this.#open]) {
      this.allow(part, part.emissions.length + part.taken)
      this.#clear(part)
    }
    this.#news()
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
      const word = this.#word(args)
      // A getter of an input may have ended all of it.
      if (this.#over) return leaveOut(word)
      const part = this.#part(word, args)
      this.#lastChunk = args.length
      return part
    } catch (error) {
      if (this.#over) return undefined
      if (args.length > 1) {
        // One of them cannot travel, or not with the others: the others can.
        this.#reader.putBack(args.slice(1))
        return this.#unit(args.slice(0, 1))
      }
      const part = this.#part(NO_WORD, args)
      if (error instanceof UnreadBlobs) this.#giveOnceRead(part, error, args)
      else this.failed(part, error)
      return undefined
    }
  }

  #word(args: readonly unknown[]): KeptWord {
    const { sent } = this.#request
    const given = sent === undefined ? args : args.map(sent)
    return encodeWord(this.#crew.context, this.#kind, this.#plan.how, given, this.#plan.told)
  }

  /** Has its place in the order, and is given out when the Blobs have been read. */
  #giveOnceRead(part: Part, { blobs }: UnreadBlobs, args: readonly unknown[]): void {
    withContents(blobs, () => this.#word(args)).then(
      (word) => {
        if (this.#over) return void leaveOut(word)
        part.keep(word)
        this.#crew.ledger.backlog.restore(part)
        this.#crew.ledger.schedule()
      },
      (error) => this.failed(part, error),
    )
  }

  #part(word: KeptWord, args: readonly unknown[]): Part {
    const inputs = this.#request.whole || this.#request.alone ? args : undefined
    const part = new Part(this, this.#kind, this.#plan, args.length, word, inputs)
    this.#count(1, 0)
    this.#open.add(part)
    if (this.#request.ordered) this.#parts.push(part)
    return part
  }

  #taken(part: Part): void {
    part.taken++
    if (part.inputs !== undefined) this.input = part.inputs[this.#request.whole ? part.taken - 1 : 0]
    if (!this.#request.whole && !this.#hurried && part.taken >= FIRST_CREDIT / 2) {
      this.allow(part, part.taken)
      part.taken = 0
    }
    this.#clear(part)
  }

  /** Its worker may send so many values more. */
  allow(part: Part, count: number): void {
    if (this.#request.whole || part.over || count === 0) return
    part.allowed += count
    this.#stall(part, false)
    if (part.held) part.worker!.order(['more', part.number, count])
  }

  #stall(part: Part, stalled: boolean): void {
    if (part.stalled === stalled) return
    part.stalled = stalled
    this.#count(0, stalled ? 1 : -1)
    if (stalled) this.#crew.ledger.schedule()
  }

  /** The program does not end while a unit waits or is with a worker, unless one waits for a consumer who takes nothing. */
  #count(units: number, stalled: number): void {
    const before = this.#keeps
    this.#underWay += units
    this.#stalled += stalled
    this.#crew.ledger.stalled += stalled
    if (this.#keeps !== before) this.#crew.ledger.awaited(before ? -1 : 1)
  }

  get #keeps(): boolean {
    return this.#underWay > 0 && this.#stalled === 0
  }

  /** All that the unit gave was taken: there is room for more inputs. */
  #clear(part: Part): void {
    if (!part.over) return
    const taken = part.emissions.length === 0
    if (taken && !this.#open.delete(part)) return
    if (part.released || !(taken || this.#hurried)) return
    part.released = true
    this.#reader.release(part.calls)
    this.#list()
    this.#checkEnd()
  }

  /** An input has come, which the consumer need not know; or there will be no more. */
  #heard(): void {
    if (this.#reader.over) this.#news()
    else this.#list()
  }

  #news(): void {
    this.#list()
    this.#checkEnd()
    this.#onNews()
  }

  /** Whether everything was read, done and taken. */
  #checkEnd(): void {
    if (this.#over || !this.#reader.finished) return
    if (!this.#reader.failed || this.#hurried) this.#conclude()
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
    if (!this.#over) this.#conclude()
    this.#reader.stop()
    const parts = [...this.#open]
    this.#open.clear()
    this.#parts.clear()
    this.#count(-this.#underWay, -this.#stalled)
    for (const part of parts) this.#crew.ledger.abort(part, reason)
  }

  #conclude(): void {
    this.#over = true
    this.#ends?.()
    this.#crew.jobs.delete(this)
    this.#crew.ledger.closed()
  }
}
