import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import type { Scope } from 'effect/Scope'
import { TOLD } from '../pool/effects.ts'
import type { PoolOptions } from '../pool/pool-options.ts'
import { checkedTaskOptions, type TaskOptions } from '../pool/task-options.ts'
import { Pool as Handle } from '../pool.ts'
import type { Caller } from './calls.ts'
import { Hub } from './hub.ts'

/** Workers that run tasks: the same handle as `Pool` of the package itself. */
export type Pool = Handle<readonly never[]>

/** How a task is to be called. Time limits are `Effect.timeout`; `attemptTimeout` is one for each attempt. */
export type CallOptions = Omit<TaskOptions, 'timeout' | 'signal' | typeof TOLD>

/**
 * Workers that run tasks, for as long as the scope lasts: Python's `multiprocessing.Pool`. If the scope fails or is
 * interrupted, what they do is given up; otherwise it is done first.
 *
 * @example
 * const pool = yield* Pool.make({ processes: 3 })
 * yield* Pool.map(pool, tasks.square, [1, 2, 3])
 */
export const make = <InitArgs extends readonly unknown[] = readonly never[]>(
  options: PoolOptions<InitArgs> = {},
): Effect.Effect<Pool, never, Hub | Scope> =>
  Effect.acquireRelease(
    Effect.map(Hub, ({ kind }) => new Handle<InitArgs>({ ...options, kind: options.kind ?? kind }) as unknown as Pool),
    (pool, exit) =>
      Effect.promise(async () => {
        await (Exit.isSuccess(exit) ? pool.close() : pool.terminate())
        await pool.join()
      }),
  )

/** @internal */
export function optionsFor(caller: Caller, options: CallOptions): TaskOptions {
  const { retryIf } = options
  checkedTaskOptions(options)
  const all: TaskOptions = { ...options, [TOLD]: caller.told }
  return retryIf === undefined ? all : { ...all, retryIf: (error) => retryIf(caller.errorIn(error)) }
}
