import { isArrayNonEmpty, type NonEmptyReadonlyArray } from 'effect/Array'
import * as Cause from 'effect/Cause'
import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import type { Pull } from 'effect/Pull'
import * as Scope from 'effect/Scope'
import { checkedTask } from '../pool/checked-task.ts'
import type { Crew } from '../pool/crew.ts'
import { ImapJob } from '../pool/imap-job.ts'
import { PushedInputs } from '../pool/pushed-inputs.ts'
import type { TaskOptions } from '../pool/task-options.ts'
import { type Emission, How } from '../pool/words.ts'
import type { Task } from '../task-module.ts'
import type { Caller } from './calls.ts'

/** What a stage is to do. */
export interface StageRequest {
  readonly task: Task
  readonly ordered: boolean
  /** Each call has one result, a list if its task gives many; otherwise its values come one after the other. */
  readonly whole: boolean
  /** Inputs that were taken from above and whose results have not been asked for: never more. */
  readonly maxsize: number
  readonly chunksize: number | undefined
  readonly options: TaskOptions
}

/** What a stage does beside the stream below. */
interface Beside {
  feed(above: Above): Effect.Effect<void>
  /** Settles when it has stopped, if that takes time. */
  stop(): void | Promise<void>
}

type Above = Pull<NonEmptyReadonlyArray<unknown>, unknown>

/** Has it done until the scope ends. */
export function beside(scope: Scope.Scope, run: Beside, above: Above): Effect.Effect<unknown> {
  const stop = Effect.suspend(() => {
    const stopping = run.stop()
    return stopping === undefined ? Effect.void : Effect.promise(() => stopping)
  })
  return Effect.andThen(Scope.addFinalizer(scope, stop), Effect.forkIn(run.feed(above), scope))
}

/** What came of an input: a value, or why there is none. */
export type Came<A, E> =
  | { readonly is: 'value'; readonly value: A; readonly input: unknown }
  | { readonly is: 'failure'; readonly exit: Exit.Exit<never, E>; readonly input: unknown }

/** What the stream above has failed of: it comes behind the results of all that came before. */
class FailedAbove {
  readonly cause: Cause.Cause<unknown>

  constructor(cause: Cause.Cause<unknown>) {
    this.cause = cause
  }
}

/**
 * One run of a stage: a stream whose elements are given to a pool.
 *
 *     stream above --feed--> inputs --units--> workers --results--> job --pull--> stream below
 *              `-------------- never more than maxsize -------------'
 *
 * Inputs go to the workers by chunks and results come by chunks: there is no fiber, promise or timer for one element. What was
 * handed on counts until more is asked for, so that in a chain of stages no more is under way than the sum of their `maxsize`.
 */
export class StageRun<A, E> {
  readonly #crew: Crew
  readonly #caller: Caller
  readonly #request: StageRequest
  readonly #inputs: PushedInputs
  readonly #job: ImapJob
  /** Results that were handed on last and count until more is asked for. */
  #handed = 0
  /** Who waits for room, and for results. */
  #onRoom: (() => void) | undefined
  #onNews: (() => void) | undefined
  #told = false
  #failed: Cause.Cause<unknown> | undefined

  constructor(crew: Crew, caller: Caller, request: StageRequest) {
    this.#crew = crew
    this.#caller = caller
    this.#request = request
    const { task, ordered, whole, maxsize, chunksize, options } = request
    const inputs = new PushedInputs(maxsize)
    this.#inputs = inputs
    inputs.onRoom = () => this.#room()
    const imap = { ...options, buffersize: maxsize, ...(chunksize === undefined ? {} : { chunksize }) }
    const sent = caller.hasContract ? (item: unknown) => caller.sent(item) : undefined
    const job = { task: checkedTask(task), how: How.EACH, ordered, whole, inputs, options: imap, sent }
    this.#job = new ImapJob(crew, job, () => this.#news())
  }

  /** Takes what the stream above gives, as long as there is room: what a fiber does beside the stream below. */
  feed<I, EI>(above: Pull<NonEmptyReadonlyArray<I>, EI>): Effect.Effect<void> {
    const give = (items: NonEmptyReadonlyArray<I>): Effect.Effect<void> => this.#give(items, 0)
    const more: Effect.Effect<void, EI | Cause.Done<void>> = Effect.suspend(() =>
      this.#free > 0 ? Effect.flatMap(above, give) : this.#waitForRoom,
    )
    return Effect.catchCause(Effect.forever(more, { disableYield: true }), (cause) =>
      Effect.sync(() => this.#inputs.end(endOf(cause))),
    )
  }

  /** What came, by chunks. */
  readonly pull: Pull<NonEmptyReadonlyArray<Came<A, E>>, unknown> = Effect.suspend(() => {
    this.#handed = 0
    this.#room()
    return this.#take()
  })

  /** Nobody wants more: what is under way is told to stop. */
  stop(): void {
    this.#onRoom = this.#onNews = undefined
    this.#job.stop(new Error('nobody takes the results any more'))
  }

  get #free(): number {
    return this.#inputs.room - this.#handed
  }

  #give<I>(items: NonEmptyReadonlyArray<I>, from: number): Effect.Effect<void> {
    let at = from
    while (at < items.length && this.#free > 0) this.#inputs.push(items[at++])
    if (at === items.length) return Effect.void
    return Effect.flatMap(this.#waitForRoom, () => this.#give(items, at))
  }

  readonly #waitForRoom: Effect.Effect<void> = Effect.callback((resume) => {
    this.#onRoom = () => resume(Effect.void)
    return Effect.sync(() => {
      this.#onRoom = undefined
    })
  })

  #room(): void {
    if (this.#onRoom === undefined || this.#free <= 0) return
    const resume = this.#onRoom
    this.#onRoom = undefined
    // Not in the midst of what made room.
    queueMicrotask(resume)
  }

  /** Results that come together are handed on together. */
  #news(): void {
    if (this.#onNews === undefined || this.#told) return
    this.#told = true
    queueMicrotask(() => {
      this.#told = false
      const resume = this.#onNews
      this.#onNews = undefined
      resume?.()
    })
  }

  #take(): Pull<NonEmptyReadonlyArray<Came<A, E>>, unknown> {
    if (this.#failed !== undefined) return Effect.failCause(this.#failed)
    const came: Array<Came<A, E>> = []
    while (came.length < this.#request.maxsize) {
      const { aborted } = this.#job
      const emission = this.#job.take()
      if (emission === undefined) break
      if (aborted) return this.#endWith(came, this.#caller.failureOf(emission[0]))
      const { length } = emission
      if (length === 2 && emission[0] instanceof FailedAbove) return this.#endWith(came, emission[0])
      this.#add(came, emission)
    }
    if (isArrayNonEmpty(came)) {
      this.#handed = came.length
      return Effect.succeed(came)
    }
    return this.#job.ended ? Cause.done() : Effect.flatMap(this.#waitForNews, () => this.#take())
  }

  #endWith(
    came: Array<Came<A, E>>,
    { cause }: { readonly cause: Cause.Cause<unknown> },
  ): Pull<NonEmptyReadonlyArray<Came<A, E>>, unknown> {
    if (!isArrayNonEmpty(came)) return Effect.failCause(cause)
    // The next time that it is asked, there is nothing but this.
    this.#failed = cause
    return Effect.succeed(came)
  }

  #add(came: Array<Came<A, E>>, emission: Emission): void {
    const caller = this.#caller
    const { input } = this.#job
    if (emission.length === 2) {
      came.push({ is: 'failure', exit: caller.failureOf<E>(emission[0]), input })
    } else if (caller.isEnd(emission[0])) caller.heardEnd(emission[0])
    else {
      const exit = caller.resultOf<A, E>(emission[0])
      if (Exit.isSuccess(exit)) came.push({ is: 'value', value: exit.value, input })
      else came.push({ is: 'failure', exit: exit as Exit.Exit<never, E>, input })
    }
  }

  /** Keeps the program from ending meanwhile. */
  readonly #waitForNews: Effect.Effect<void> = Effect.callback((resume) => {
    const { ledger } = this.#crew
    ledger.awaited(1)
    this.#onNews = () => {
      ledger.awaited(-1)
      resume(Effect.void)
    }
    return Effect.sync(() => {
      this.#onNews = undefined
      ledger.awaited(-1)
    })
  })
}

function endOf(cause: Cause.Cause<unknown>): { readonly error: unknown } | undefined {
  const done = cause.reasons.every((reason) => Cause.isFailReason(reason) && Cause.isDone(reason.error))
  return done ? undefined : { error: new FailedAbove(cause) }
}

declare const queueMicrotask: (run: () => void) => void
