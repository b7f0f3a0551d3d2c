import { isArrayNonEmpty, type NonEmptyReadonlyArray } from 'effect/Array'
import * as Cause from 'effect/Cause'
import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import type { Pull } from 'effect/Pull'
import { BrokenPipeError } from '../errors.ts'
import { CHANNEL } from '../queue-channel.ts'
import { runtime } from '../runtime.ts'
import { StageProcess, type StageStart } from '../stage-process.ts'
import type { Caller } from './calls.ts'
import * as Ends from './channel-ends.ts'
import { Interruption } from './interruption.ts'
import { refused } from './operation.ts'

/** A stage that consists of processes with a state, each of which gets the elements that are meant for it. */
export interface FlowRequest {
  readonly start: StageStart
  readonly processes: number
  /** If the stream above fails, what comes of all that was before is handed on first. */
  readonly drains: boolean
  /** To which process an element goes, and what is sent for it. */
  route(element: unknown): readonly [process: number, payload: unknown]
  /** What is handed on of what came; undefined: nothing, it was for the caller to hear. */
  receive(came: unknown, caller: Caller): Exit.Exit<unknown, unknown> | undefined
}

/** A process of the stage, and how far it is. */
class Part {
  readonly process: StageProcess
  /** It gives results; or there are none any more, and how it went is to be known; or it is. */
  state: 'open' | 'fetching' | 'ending' | 'over' = 'open'
  /** A result whose buffers had to be fetched. */
  late: { readonly value: unknown } | undefined
  /** It is being looked out for what it gives next. */
  looking: Interruption | undefined

  constructor(start: StageStart) {
    this.process = new StageProcess(start)
  }

  get inbox() {
    return this.process.results[CHANNEL].inbox
  }

  send(payload: unknown, options: Parameters<Ends.Placing>[1]): Promise<void> {
    return this.process.items.send(payload as never, options)
  }
}

/**
 * One run of such a stage:
 *
 *     stream above --feed--> pipes --in the processes: the task--> pipes --pull--> stream below
 *
 * Elements are taken from above as long as the pipe has room to which the next one goes, and results are handed on by chunks,
 * as they are at hand: there is no fiber, promise or timer for one of them, where nobody has to wait.
 */
export class StageFlow {
  readonly #request: FlowRequest
  readonly #caller: Caller
  readonly #parts: readonly Part[]
  #failed: Cause.Cause<unknown> | undefined
  /** It does not even hand on what is there. */
  #atOnce = false
  #onNews: (() => void) | undefined

  constructor(caller: Caller, request: FlowRequest) {
    this.#caller = caller
    this.#request = request
    this.#parts = Array.from({ length: request.processes }, () => new Part(request.start))
  }

  /** Gives what comes from above to the processes: what a fiber does beside the stream below. */
  feed<I, EI>(above: Pull<NonEmptyReadonlyArray<I>, EI>): Effect.Effect<void> {
    const place: Ends.Placing = (element, options) => {
      const [process, payload] = this.#request.route(element)
      return this.#parts[process]!.send(payload, options)
    }
    const give = (elements: NonEmptyReadonlyArray<I>): Effect.Effect<void, unknown> => Ends.putAll(place, elements)
    const all = Effect.forever(Effect.flatMap(above, give), { disableYield: true })
    return Effect.catchCause(all, (cause) => Effect.sync(() => this.#fed(cause)))
  }

  /** What came, by chunks. */
  readonly pull: Pull<NonEmptyReadonlyArray<unknown>, unknown> = Effect.suspend(() => this.#take())

  /** Nobody wants more. Resolves when its processes have ended. */
  async stop(): Promise<void> {
    this.#onNews = undefined
    for (const { process, looking } of this.#parts) {
      looking?.abort()
      process.stop()
    }
    await Promise.all(this.#parts.map(({ process }) => process.ended()))
  }

  /** A process that takes nothing more has ended, and how is about to be known. */
  #fed(cause: Cause.Cause<unknown>): void {
    const ended = cause.reasons.every(
      (reason) => Cause.isFailReason(reason) && (Cause.isDone(reason.error) || reason.error instanceof BrokenPipeError),
    )
    if (!ended) this.#fail(cause, !this.#request.drains)
    for (const { process } of this.#parts) process.end()
    this.#news()
  }

  /** What comes later is but what comes of that. */
  #fail(cause: Cause.Cause<unknown>, atOnce: boolean): void {
    this.#failed ??= cause
    this.#atOnce ||= atOnce
  }

  #take(): Pull<NonEmptyReadonlyArray<unknown>, unknown> {
    const came: unknown[] = []
    for (const part of this.#parts) if (!this.#atOnce) this.#takeFrom(part, came)
    if (isArrayNonEmpty(came)) return Effect.succeed(came)
    if (this.#atOnce || this.#parts.every(({ state }) => state === 'over'))
      return this.#failed === undefined ? Cause.done() : Effect.failCause(this.#failed)
    return Effect.flatMap(this.#waitForNews, () => this.#take())
  }

  #takeFrom(part: Part, came: unknown[]): void {
    const { inbox, late } = part
    part.late = undefined
    if (late !== undefined) this.#add(came, late.value)
    try {
      while (part.state === 'open' && !this.#atOnce && inbox.seize()) {
        const item = inbox.take()
        if (item instanceof Promise) this.#fetch(part, item)
        else this.#add(came, item)
      }
    } catch (error) {
      this.#fail(refused(error).cause, true)
    }
    if (part.state === 'open' && inbox.refusal() !== undefined) this.#conclude(part)
  }

  #add(came: unknown[], item: unknown): void {
    const exit = this.#request.receive(item, this.#caller)
    if (exit === undefined) return
    if (Exit.isSuccess(exit)) came.push(exit.value)
    else this.#fail(exit.cause, true)
  }

  /** What comes behind it waits. */
  #fetch(part: Part, item: Promise<unknown>): void {
    part.state = 'fetching'
    const fetched = (): void => {
      part.state = 'open'
      this.#news()
    }
    item.then(
      (value) => {
        part.late = { value }
        fetched()
      },
      (error) => {
        this.#fail(refused(error).cause, true)
        fetched()
      },
    )
  }

  /** Its results have ended: it says whether all went well. */
  #conclude(part: Part): void {
    part.state = 'ending'
    const concluded = (exit: Exit.Exit<unknown, unknown>): void => {
      part.state = 'over'
      if (Exit.isFailure(exit)) this.#fail(exit.cause, true)
      this.#news()
    }
    part.process.outcome().then(
      (outcome) => concluded('error' in outcome ? this.#caller.failureOf(outcome.error) : this.#heard(outcome.value)),
      (error) => concluded(this.#caller.failureOf(error)),
    )
  }

  /** What it has told besides its results. */
  #heard(value: unknown): Exit.Exit<unknown, unknown> {
    return value === undefined ? Exit.void : this.#caller.resultOf(value)
  }

  readonly #waitForNews: Effect.Effect<void> = Effect.callback((resume) => {
    this.#onNews = () => resume(Effect.void)
    for (const part of this.#parts) if (part.state === 'open' && part.looking === undefined) this.#lookOut(part)
    return Effect.sync(() => {
      this.#onNews = undefined
    })
  })

  /** For what is there next, without taking it: who knows whether it will be wanted then. */
  #lookOut(part: Part): void {
    const { inbox } = part
    const looking = new Interruption()
    part.looking = looking
    const found = (): void => {
      part.looking = undefined
      this.#news()
    }
    // There is something, but this turn has lasted long enough.
    if (inbox.items.free) runtime().context.turn.next(found)
    else inbox.items.peek({ serve: found, expire: found, fail: found }, { signal: looking })
  }

  #news(): void {
    const resume = this.#onNews
    this.#onNews = undefined
    resume?.()
  }
}
