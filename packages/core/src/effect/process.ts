import * as Effect from 'effect/Effect'
import type * as Exit from 'effect/Exit'
import type { Scope } from 'effect/Scope'
import type { BootstrapError, ContractError, DecodeError, EncodeError, StartError } from '../errors.ts'
import { TOLD } from '../pool/effects.ts'
import { Process as Handle } from '../process.ts'
import type { ProcessOptions } from '../process-options.ts'
import type { Task } from '../task-module.ts'
import { Caller } from './calls.ts'
import type { DeathFailure, HandleFailure } from './failures.ts'
import { Hub } from './hub.ts'
import { action, operation, question } from './operation.ts'
import type { Complete, Failure, Success } from './task.ts'

const TypeId: '~@millrace/core/effect/Process' = '~@millrace/core/effect/Process'

/** A process that was started, and what its function comes to. */
export interface Process<out A, out E = never> {
  readonly [TypeId]: typeof TypeId
  /** The same as the package itself knows it. */
  readonly handle: Handle<unknown, never[]>
  /** What its function gave, or failed of; or that the process died before. */
  readonly result: Effect.Effect<A, E>
}

/** What can be wrong with a process before its function is called. */
export type ForkFailure = EncodeError | BootstrapError

/** Where the task has a contract, it may be given what does not fit. */
export type Unfit<R> = Extract<Failure<R>, ContractError>

/** What a process comes to, besides what its function fails of: its result may be nothing that travels. */
export type ProcessFailure = DeathFailure | StartError | HandleFailure | EncodeError | DecodeError

/** How a process is started, and what the end of its scope means to it. */
export interface ForkOptions extends Omit<ProcessOptions, 'args' | 'detached'> {
  /**
   * What happens to a process that runs when its scope ends. `'terminate'`, unless given: its Effect is interrupted, a plain
   * function's `currentProcess().signal` aborted, and after `grace` it is killed. `'join'`: it is waited for. `'kill'`: SIGKILL.
   */
  readonly atScopeEnd?: 'terminate' | 'join' | 'kill' | undefined
  /** Milliseconds; 1,000 unless given. */
  readonly grace?: number | undefined
}

/**
 * Runs a task in a process of its own, for as long as the scope lasts: Python's `multiprocessing.Process`. Processes of one
 * scope end in the reverse order of their start.
 *
 * @example
 * const writing = yield* Process.fork(tasks.writer, queue)
 * yield* Process.join(writing)
 */
export const fork = <Args extends readonly unknown[], R>(
  task: Task<Args, R> & Complete<R>,
  ...args: Args
): Effect.Effect<Process<Success<R>, Failure<R> | ProcessFailure>, ForkFailure | Unfit<R>, Hub | Scope> =>
  forkWith({})(task, ...args)

/**
 * As `fork`, with options.
 *
 * @example
 * yield* Process.forkWith({ kind: 'thread', atScopeEnd: 'join' })(tasks.writer, queue)
 */
export const forkWith =
  ({ atScopeEnd = 'terminate', grace, ...options }: ForkOptions) =>
  <Args extends readonly unknown[], R>(
    task: Task<Args, R> & Complete<R>,
    ...args: Args
  ): Effect.Effect<Process<Success<R>, Failure<R> | ProcessFailure>, ForkFailure | Unfit<R>, Hub | Scope> =>
    Effect.acquireRelease(
      Effect.flatMap(Hub, ({ kind }) =>
        Effect.withFiber((fiber) => {
          const caller = new Caller(fiber, task)
          return Effect.flatMap(caller.inputOf(args) as Exit.Exit<readonly unknown[], Unfit<R>>, (input) => {
            const all = { ...options, kind: options.kind ?? kind, args: input, [TOLD]: caller.told }
            return action<Process<Success<R>, Failure<R> | ProcessFailure>, ForkFailure>(
              () => new Forked(new Handle<unknown, never[]>(task as never, all as never).start(), caller),
            )
          })
        }),
      ),
      ({ handle }) => ended(handle, atScopeEnd, grace),
    )

/** Runs a task in a process of its own, and gives what it comes to. To interrupt it is to terminate the process. */
export const run = <Args extends readonly unknown[], R>(
  task: Task<Args, R> & Complete<R>,
  ...args: Args
): Effect.Effect<Success<R>, Failure<R> | ProcessFailure | ForkFailure, Hub> =>
  Effect.scoped(
    Effect.flatMap(
      fork(task, ...args),
      (process): Effect.Effect<Success<R>, Failure<R> | ProcessFailure> => process.result,
    ),
  )

/** What its function gave, or failed of; or that the process died before. */
export const result = <A, E>(self: Process<A, E>): Effect.Effect<A, E> => self.result

/** Waits until the process has ended, however it does: Python's `join`. Gives the exit code, as there. */
export const join = <A, E>({ handle }: Process<A, E>): Effect.Effect<number | null, StartError> =>
  Effect.map(
    question<void, StartError>(() => handle.join()),
    () => handle.exitCode,
  )

/** Asks the process to stop, and makes it after a grace: Python's `terminate`. Done when it is asked. */
export const terminate = <A, E>(
  { handle }: Process<A, E>,
  options: { readonly grace?: number } = {},
): Effect.Effect<void> => Effect.promise(() => handle.terminate(options))

/** Kills the process with SIGKILL, and its children with it: Python's `kill`. */
export const kill = <A, E>({ handle }: Process<A, E>): Effect.Effect<void> => Effect.promise(() => handle.kill())

/** Python's `is_alive`. */
export const isAlive = <A, E>({ handle }: Process<A, E>): Effect.Effect<boolean> =>
  Effect.promise(() => handle.isAlive())

class Forked<A, E> implements Process<A, E> {
  readonly [TypeId] = TypeId
  readonly handle: Handle<unknown, never[]>
  readonly #caller: Caller
  /** What it has come to: heard once, so that nothing is reported twice. */
  #heard: Effect.Effect<A, E> | undefined

  constructor(handle: Handle<unknown, never[]>, caller: Caller) {
    this.handle = handle
    this.#caller = caller
  }

  get result(): Effect.Effect<A, E> {
    return Effect.suspend(() => {
      if (this.#heard !== undefined) return this.#heard
      return Effect.flatten(
        operation<Effect.Effect<A, E>, never>(() =>
          this.handle.result.then(
            (value) => this.#hear(() => this.#caller.resultOf<A, E>(value)),
            (error) => this.#hear(() => this.#caller.failureOf<E>(error)),
          ),
        ),
      )
    })
  }

  #hear(outcome: () => Effect.Effect<A, E>): Effect.Effect<A, E> {
    this.#heard ??= outcome()
    return this.#heard
  }
}

function ended(
  handle: Handle<unknown, never[]>,
  how: 'terminate' | 'join' | 'kill',
  grace: number | undefined,
): Effect.Effect<void> {
  const end = async (): Promise<void> => {
    if (how === 'kill') await handle.kill()
    else if (how === 'terminate') await handle.terminate(grace === undefined ? {} : { grace })
    await handle.join()
  }
  // What was closed or could not be started has ended as well; the result of the latter says so.
  return Effect.promise(() => end().catch(() => {}))
}
