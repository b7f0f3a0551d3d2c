import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import * as Stream from 'effect/Stream'
import type { TimeoutError } from '../errors.ts'
import { call } from '../pool/call-unit.ts'
import { checkedTask } from '../pool/checked-task.ts'
import { TOLD } from '../pool/effects.ts'
import type { PoolEvent } from '../pool/pool-events.ts'
import type { TaskOptions } from '../pool/task-options.ts'
import { CREW, type PoolStats } from '../pool.ts'
import type { Task } from '../task-module.ts'
import { Caller } from './calls.ts'
import type { CallFailure, PoolClosed } from './failures.ts'
import { toStream } from './observable.ts'
import { question } from './operation.ts'
import { type CallOptions, optionsFor, type Pool } from './pool-handle.ts'
import type { Complete, Failure, Success } from './task.ts'

export type { PoolOptions } from '../pool/pool-options.ts'

/**
 * Calls a task in a worker: Python's `apply`. To interrupt it is to have the task stop; what has not been begun is not.
 *
 * @example
 * yield* Pool.apply(pool, tasks.square, [3])
 */
export const apply: {
  <Args extends readonly unknown[], R>(
    self: Pool,
    task: Task<Args, R> & Complete<R>,
    args: Readonly<Args>,
  ): Effect.Effect<Success<R>, Failure<R> | CallFailure>
  <Args extends readonly unknown[], R>(
    self: Pool,
    task: Task<Args, R> & Complete<R>,
    args: Readonly<Args>,
    options: CallOptions,
  ): Effect.Effect<Success<R>, Failure<R> | CallFailure | TimeoutError>
} = <Args extends readonly unknown[], R>(
  self: Pool,
  task: Task<Args, R>,
  args: Readonly<Args>,
  options: CallOptions = {},
): Effect.Effect<Success<R>, Failure<R> | CallFailure> =>
  Effect.withFiber<Success<R>, Failure<R> | CallFailure>((fiber) => {
    const caller = new Caller(fiber, checkedTask(task))
    const all = optionsFor(caller, options)
    const input = caller.inputOf(args)
    if (Exit.isFailure(input)) return input as Exit.Exit<never, Failure<R>>
    return Effect.callback((resume) => {
      const abort = call(self[CREW], { task, args: input.value }, all, {
        // Not in the midst of what the pool does.
        resolve: (value) => queueMicrotask(() => resume(caller.resultOf<Success<R>, Failure<R>>(value))),
        reject: (error) => queueMicrotask(() => resume(caller.failureOf(error))),
      })
      return Effect.sync(() => abort(INTERRUPTED))
    })
  })

/** Calls a task once in every worker that there is, and gives the results. */
export const broadcast = <Args extends readonly unknown[], R>(
  self: Pool,
  task: Task<Args, R> & Complete<R>,
  args: Readonly<Args>,
): Effect.Effect<Array<Success<R>>, Failure<R> | CallFailure> =>
  Effect.withFiber((fiber) => {
    const caller = new Caller(fiber, checkedTask(task))
    const input = caller.inputOf(args)
    if (Exit.isFailure(input)) return input as Exit.Exit<never, Failure<R>>
    const all = self.broadcast as (task: unknown, args: unknown, options: TaskOptions) => Promise<unknown[]>
    return Effect.callback((resume, signal) => {
      all.call(self, task, input.value, { signal, [TOLD]: caller.told }).then(
        (values) => resume(Effect.all(values.map((value) => caller.resultOf<Success<R>, Failure<R>>(value)))),
        (error) => resume(caller.failureOf(error)),
      )
    })
  })

/** Done when so many workers are ready, all that there can be unless given. */
export const prewarm = (self: Pool, count?: number): Effect.Effect<void, CallFailure> =>
  question(() => self.prewarm(count))

/** Takes no more tasks; the workers end when everything is done. */
export const close = (self: Pool): Effect.Effect<void> => Effect.promise(() => self.close())

/** Ends everything now: what was not done fails with PoolTerminatedError. */
export const terminate = (self: Pool): Effect.Effect<void> => Effect.promise(() => self.terminate())

/** Waits until all workers have ended, after `close` or `terminate`. */
export const join = (self: Pool): Effect.Effect<void, PoolClosed> => question(() => self.join())

/** What it does at the moment, and has done so far. */
export const stats = (self: Pool): Effect.Effect<PoolStats> => Effect.sync(() => self.stats)

/** What happens in the pool; of what nobody looks at in time, all waits. */
export const events = (self: Pool): Stream.Stream<PoolEvent> => Stream.orDie(toStream(self.events))

export { type CallOptions, make, type Pool } from './pool-handle.ts'
export { map, mapStream } from './stage.ts'

const INTERRUPTED = new Error('the fiber that called it was interrupted')

declare const queueMicrotask: (run: () => void) => void
