import type { Clock } from '../clock.ts'
import { EncodeError, MillraceError } from '../errors.ts'
import { inWords } from '../in-words.ts'
import type { Host } from '../run-child.ts'
import { collected, isDeferred, isStream, iterable, settled, valuesOf } from './collect.ts'
import { callAs, noTask, RunningTask } from './current-task.ts'
import { Emitter } from './emitter.ts'
import type { LoadedTask } from './task-library.ts'
import { type Emission, How, Reply, type ReplyWord, STREAM, type UnitWord, WHOLE } from './words.ts'

/** How a runner reaches the pool. */
export interface RunnerOutlet {
  /** `refused` is called if the word cannot travel. `now`: what the clock says, if it was looked at just now. */
  say(word: ReplyWord, refused: (reason: unknown) => void, now?: number): void
  /** Why the word cannot travel, if so. */
  refusalOf(word: ReplyWord): unknown
  /** A unit is done with, which was begun then: there is room for another. */
  rested(now: number, began: number): void
}

class RunningUnit extends RunningTask {
  readonly number: number
  readonly task: LoadedTask
  readonly began: number
  readonly told: unknown
  emitter: Emitter | undefined
  /** The run delay when it was begun, if it matters. */
  delayBefore: number | undefined
  /** For how long others had the core while it ran, in microseconds. */
  delayed = 0

  constructor(number: number, task: LoadedTask, attempt: number, began: number, told: unknown) {
    super(task.name, attempt)
    this.number = number
    this.task = task
    this.began = began
    this.told = told
  }

  override abort(reason: unknown): void {
    super.abort(reason)
    this.emitter?.stop()
  }
}

/** How much the latest call counts in the pace of a task. */
const WEIGHT = 1 / 8
/** Who works for so many milliseconds without a pause may lose the core meanwhile. */
const SLICE_MS = 1

/** Runs units, and says what becomes of each: exactly one reply that is not `MORE`, whatever its task does. */
export class TaskRunner {
  readonly #host: Pick<Host, 'runDelay'>
  readonly #clock: Clock
  readonly #outlet: RunnerOutlet
  readonly #running = new Map<number, RunningUnit>()
  /** Aborted before they were begun. */
  readonly #doomed = new Map<number, unknown>()
  #latest = 0
  /** Units begun and not done with, those included whose module is being loaded. */
  count = 0
  /** Each unit is reported as it is begun. */
  watched = false

  constructor(host: Pick<Host, 'runDelay'>, clock: Clock, outlet: RunnerOutlet) {
    this.#host = host
    this.#clock = clock
    this.#outlet = outlet
    for (const each of STRANGERS) callAs(NOBODY, each, [])
    noTask()
  }

  /** `now`: what the clock says. */
  begin(number: number, task: LoadedTask | Promise<LoadedTask>, word: UnitWord, now: number): void {
    this.count++
    this.#latest = number
    if (!(task instanceof Promise)) return this.#run(number, task, word, now)
    task.then(
      (loaded) => this.#run(number, loaded, word, this.#clock.now()),
      (error) => {
        const late = this.#clock.now()
        this.#end([number, 0, error, Reply.FAILED], late, late)
      },
    )
  }

  abort(number: number, reason: unknown): void {
    const running = this.#running.get(number)
    if (running !== undefined) running.abort(reason)
    // One that was begun is done by now.
    else if (number > this.#latest) this.#doomed.set(number, reason)
  }

  /** True: some task that was aborted has asked for its signal, and may stop by itself. */
  abortAll(reason: unknown): boolean {
    let listens = false
    for (const unit of this.#running.values()) {
      unit.abort(reason)
      listens ||= unit.listens
    }
    return listens
  }

  more(number: number, count: number): void {
    this.#running.get(number)?.emitter?.more(count)
  }

  #run(number: number, task: LoadedTask, [, how, args, attempt = 1, told]: UnitWord, now: number): void {
    if (this.#doomed.size > 0 && this.#doomed.has(number)) {
      const reason = this.#doomed.get(number)
      this.#doomed.delete(number)
      return this.#end([number, 0, reason, Reply.FAILED], now, now)
    }
    const unit = new RunningUnit(number, task, attempt, now, told)
    this.#running.set(number, unit)
    if (this.watched) this.#say([number, 0, null, Reply.BEGUN])
    if (how === How.CALL) return this.#call(unit, args)
    const calls = callsOf(how & ~(STREAM | WHOLE), args)
    if (calls.length * (task.pace ?? 0) >= SLICE_MS) unit.delayBefore = this.#host.runDelay?.()
    if ((how & STREAM) !== 0) this.#stream(unit, calls, (how & WHOLE) !== 0)
    else this.#callEach(unit, calls, [])
  }

  #call(unit: RunningUnit, args: readonly unknown[]): void {
    let returned: unknown
    let deferred: boolean
    try {
      returned = callAs(unit, unit.task.run, args)
      // What it has returned may throw when somebody looks.
      deferred = isDeferred(returned)
    } catch (error) {
      return this.#failed(unit, error)
    }
    if (!deferred) return this.#done(unit, returned, 1)
    collected(returned, () => unit.signal, unit.told).then(
      (value) => this.#done(unit, value, 1),
      (error) => this.#failed(unit, error),
    )
  }

  /** The calls of a chunk, one after the other, until one fails. */
  #callEach(unit: RunningUnit, calls: ReadonlyArray<readonly unknown[]>, results: unknown[]): void {
    try {
      while (results.length < calls.length) {
        if (unit.aborted) throw unit.reason
        const returned = callAs(unit, unit.task.run, calls[results.length]!)
        if (!isDeferred(returned)) results.push(returned)
        else
          return void collected(returned, () => unit.signal, unit.told).then(
            (value) => {
              results.push(value)
              this.#callEach(unit, calls, results)
            },
            (error) => this.#failed(unit, error),
          )
      }
    } catch (error) {
      return this.#failed(unit, error)
    }
    this.#done(unit, results, calls.length)
  }

  /** As `#callEach`, but what a call gives, or its failure, is for the consumer to see, and the next one follows. */
  #stream(unit: RunningUnit, calls: ReadonlyArray<readonly unknown[]>, whole: boolean): void {
    const emitter = new Emitter((emissions, last) => this.#emitted(unit, emissions, last, calls.length))
    unit.emitter = emitter
    let at = 0
    for (; at < calls.length; at++) {
      if (unit.aborted) return this.#failed(unit, unit.reason)
      try {
        const returned = callAs(unit, unit.task.run, calls[at]!)
        if (isDeferred(returned)) return void this.#streamOn(unit, emitter, calls, whole, at, returned)
        emitter.add([returned])
      } catch (error) {
        emitter.add([error, true])
      }
    }
    emitter.end()
  }

  async #streamOn(
    unit: RunningUnit,
    emitter: Emitter,
    calls: ReadonlyArray<readonly unknown[]>,
    whole: boolean,
    from: number,
    first: object,
  ): Promise<void> {
    let returned: unknown = first
    for (let at = from; at < calls.length; at++) {
      try {
        if (at > from) returned = callAs(unit, unit.task.run, calls[at]!)
        const value = await (whole ? collected : settled)(returned, () => unit.signal, unit.told)
        if (!whole && typeof value === 'object' && value !== null && isStream(value)) {
          for await (const each of iterable(valuesOf(value, unit.signal))) {
            if (unit.aborted) break
            await emitter.emit([each])
          }
        } else emitter.add([value])
      } catch (error) {
        emitter.add([error, true])
      }
      if (unit.aborted) return this.#failed(unit, unit.reason)
    }
    emitter.end()
  }

  #emitted(unit: RunningUnit, emissions: Emission[], last: boolean, calls: number): void {
    const { number } = unit
    if (!last)
      return this.#say([number, unit.emitter!.given, emissions, Reply.MORE], () => this.#sayEach(unit, emissions))
    const now = this.#clock.now()
    const us = this.#measure(unit, calls, now)
    this.#forget(unit)
    const { delayed } = unit
    const word: ReplyWord =
      delayed > 0 ? [number, us, emissions, Reply.LAST, delayed] : [number, us, emissions, Reply.LAST]
    this.#end(word, now, unit.began, () => {
      this.#sayEach(unit, emissions)
      this.#say([number, us, [], Reply.LAST])
    })
  }

  /** One of the values cannot travel, or all of them not together: the others can, each by itself. */
  #sayEach(unit: RunningUnit, emissions: readonly Emission[]): void {
    const { number, task } = unit
    const { given } = unit.emitter!
    for (const emission of emissions) {
      const word: ReplyWord = [number, given, [emission], Reply.MORE]
      const reason = this.#outlet.refusalOf(word)
      this.#say(
        reason === undefined
          ? word
          : [number, given, [[resultError(reason, task.name, /^\[2\]\[0\]\[0\]/), true]], Reply.MORE],
      )
    }
  }

  #done(unit: RunningUnit, value: unknown, calls: number): void {
    const { number, task } = unit
    const now = this.#clock.now()
    const us = this.#measure(unit, calls, now)
    this.#forget(unit)
    let word: ReplyWord
    if (unit.delayed > 0) word = [number, us, value, Reply.DONE, unit.delayed]
    // One that is undefined is not written: that takes the short way through the codec.
    else word = value === undefined ? ([number, us] as never) : [number, us, value]
    this.#end(word, now, unit.began, (reason) => {
      if (calls === 1 || !this.#sayApart(number, us, value as readonly unknown[]))
        this.#say([number, us, resultError(reason, task.name), Reply.FAILED])
    })
  }

  /** Results that are too large together, each by itself; false: one of them cannot travel at all. */
  #sayApart(number: number, us: number, results: readonly unknown[]): boolean {
    const words = results.map((result): ReplyWord => [number, 0, [[result]], Reply.MORE])
    if (words.some((word) => this.#outlet.refusalOf(word) !== undefined)) return false
    for (const word of words) this.#say(word)
    this.#say([number, us, null, Reply.GIVEN])
    return true
  }

  #failed(unit: RunningUnit, error: unknown): void {
    const { number, task } = unit
    const now = this.#clock.now()
    const us = Math.round((now - unit.began) * 1000)
    this.#forget(unit)
    this.#end([number, us, error, Reply.FAILED], now, unit.began, (reason) =>
      this.#say([number, us, resultError(reason, task.name), Reply.FAILED]),
    )
  }

  #forget(unit: RunningUnit): void {
    this.#running.delete(unit.number)
    noTask()
  }

  /** Microseconds since it was begun; the pace of its task follows. */
  #measure(unit: RunningUnit, calls: number, now: number): number {
    const { began, task, delayBefore } = unit
    const ms = now - began
    if (delayBefore !== undefined) unit.delayed = Math.round(1000 * Math.min(ms, this.#host.runDelay!() - delayBefore))
    const each = (ms - unit.delayed / 1000) / calls
    task.pace = task.pace === undefined ? each : task.pace + (each - task.pace) * WEIGHT
    return Math.round(ms * 1000)
  }

  #end(word: ReplyWord, now: number, began: number, refused: (reason: unknown) => void = nobodyCares): void {
    this.count--
    this.#outlet.say(word, refused, now)
    this.#outlet.rested(now, began)
  }

  #say(word: ReplyWord, refused: (reason: unknown) => void = nobodyCares): void {
    this.#outlet.say(word, refused)
  }
}

export function nobodyCares(): void {}

/** The arguments of each call. */
function callsOf(how: number, args: readonly unknown[]): ReadonlyArray<readonly unknown[]> {
  return how === How.EACH ? args.map((arg) => [arg]) : how === How.CALL ? [args] : (args as readonly unknown[][])
}

/** What a result that cannot travel is told by: the path leads through the result, not through the word it was part of. */
function resultError(reason: unknown, task: string, through = /^\[2\]/): unknown {
  if (!(reason instanceof EncodeError)) return ownError(reason, task)
  const path = reason.path.replace(through, '')
  const message = reason.message.replace(` at ${reason.path}`, path && ` at ${path}`)
  return new EncodeError(`the result of task ${task}: ${message}`, path)
}

function ownError(reason: unknown, task: string): unknown {
  if (reason instanceof MillraceError) return reason
  return new EncodeError(`the result of task ${task} threw when it was read: ${inWords(reason)}`)
}

const NOBODY = new RunningTask('', 1)
/**
 * Called before any task, so that the compiler has seen many functions at that place and puts none of them inside the
 * loop: there a task of its own long loop could stay half compiled (Node 24).
 */
const STRANGERS: ReadonlyArray<() => unknown> = [() => 1, () => 2, () => 3, () => 4, () => 5, () => 6]
