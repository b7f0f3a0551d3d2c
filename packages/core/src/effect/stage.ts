import type { NonEmptyReadonlyArray } from 'effect/Array'
import * as Cause from 'effect/Cause'
import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import { dual } from 'effect/Function'
import type * as Pull from 'effect/Pull'
import * as Result from 'effect/Result'
import * as Stream from 'effect/Stream'
import type { BrokenPoolError, PoolTerminatedError, TimeoutError } from '../errors.ts'
import { checkOptions } from '../options.ts'
import { checkedTask } from '../pool/checked-task.ts'
import { type PoolOptions, whole } from '../pool/pool-options.ts'
import { CREW } from '../pool.ts'
import type { Task } from '../task-module.ts'
import { Caller } from './calls.ts'
import type { CallFailure, PoolClosed } from './failures.ts'
import type { Hub } from './hub.ts'
import * as Pools from './pool-handle.ts'
import { beside, type Came, StageRun } from './stage-run.ts'
import type { Complete, Element, Failure, Success } from './task.ts'

export {
  type FoldOptions,
  type FoldStage,
  type Key,
  type Keyed,
  reduceProcess,
  type StatefulFailure,
  type StatefulOptions,
  scanProcess,
  throughProcess,
} from './process-stage.ts'

/** How the elements of a stream are given to a pool. */
export interface MapOptions extends Pools.CallOptions {
  /** The results come in the order of the elements; true unless given. */
  readonly ordered?: boolean | undefined
  /** No more elements than this are taken and their results not asked for; 16 for each worker unless given. */
  readonly maxsize?: number | undefined
  /**
   * So many go to a worker together; unless given, as many as take about ten milliseconds, as far as is known. Those that go
   * together fail together when the worker dies; with `chunksize: 1` each call fails for itself.
   */
  readonly chunksize?: number | undefined
}

/** How a stage is done: by a pool of its own, which lives as long as the stream runs, or by one that there is. */
export interface StageOptions
  extends MapOptions,
    Pick<
      PoolOptions,
      'kind' | 'processes' | 'concurrency' | 'maxtasksperchild' | 'resourceLimits' | 'grace' | 'stdio'
    > {
  /** Whose workers do it; unless given, workers of its own, for as long as the stream runs. */
  readonly pool?: Pools.Pool | undefined
}

/** What a stage can fail of, besides what its task fails of. */
export type StageFailure = CallFailure | TimeoutError

/** What a stage fails of whose pool does nothing any more. */
export type PoolFailure = PoolClosed | PoolTerminatedError | BrokenPoolError

/** An element whose call has failed, and what of. */
export class Failed<out A, out E> {
  /** Tells it from an output. */
  readonly _tag = 'Failed'
  /** What the task was called with. */
  readonly input: A
  /** What it failed with. */
  readonly error: E

  constructor(input: A, error: E) {
    this.input = input
    this.error = error
  }
}

/** Both ways to call it. */
interface Operator {
  (task: unknown, options?: StageOptions): (self: AnyStream) => AnyStream
  (self: AnyStream, task: unknown, options?: StageOptions): AnyStream
}

type AnyTask = Task<never, unknown>
type AnyStream = Stream.Stream<unknown, unknown, Hub>

/**
 * Calls a task for each element of a stream in workers of a stage of its own. As many elements are taken from above as there
 * is room for, `maxsize`; a chain of stages over an endless stream holds no more than the sum of those.
 *
 * The stream fails with the first call that does; `mapProcessResult` goes on. With `retries` a call whose worker dies is made
 * again, so that each element is there exactly once.
 *
 * @example
 * Stream.fromIterable(urls).pipe(
 *   Stage.mapProcess(tasks.crawl, { processes: 3, maxsize: 8 }),
 *   Stream.map((page) => page.title),
 *   Stage.mapProcess(tasks.index, { processes: 2, maxsize: 4, ordered: false }),
 * )
 */
export const mapProcess: {
  <A, R>(
    task: Task<[item: A], R> & Complete<R>,
    options?: StageOptions,
  ): <E, Env>(self: Stream.Stream<A, E, Env>) => Stream.Stream<Success<R>, E | Failure<R> | StageFailure, Env | Hub>
  <A, E, Env, R>(
    self: Stream.Stream<A, E, Env>,
    task: Task<[item: A], R> & Complete<R>,
    options?: StageOptions,
  ): Stream.Stream<Success<R>, E | Failure<R> | StageFailure, Env | Hub>
} = operator((self, task, options) =>
  inPool(options, (pool) => through(self, pool, task, options, true, values)),
) as never

/** What gives true or false. */
type Predicate<R> = [Success<R>] extends [boolean] ? unknown : { readonly 'this task gives no boolean': Success<R> }

/** As `mapProcess`, but the elements are those for which the task gives true. */
export const filterProcess: {
  <A, R>(
    task: Task<[item: A], R> & Complete<R> & Predicate<R>,
    options?: StageOptions,
  ): <E, Env>(self: Stream.Stream<A, E, Env>) => Stream.Stream<A, E | Failure<R> | StageFailure, Env | Hub>
  <A, E, Env, R>(
    self: Stream.Stream<A, E, Env>,
    task: Task<[item: A], R> & Complete<R> & Predicate<R>,
    options?: StageOptions,
  ): Stream.Stream<A, E | Failure<R> | StageFailure, Env | Hub>
} = operator((self, task, options) =>
  inPool(options, (pool) => through(self, pool, task, options, true, approved)),
) as never

/** As `mapProcess`, for tasks that give many values: all of them, one after the other. */
export const flatMapProcess: {
  <A, R>(
    task: Task<[item: A], R> & Complete<R>,
    options?: StageOptions,
  ): <E, Env>(self: Stream.Stream<A, E, Env>) => Stream.Stream<Element<R>, E | Failure<R> | StageFailure, Env | Hub>
  <A, E, Env, R>(
    self: Stream.Stream<A, E, Env>,
    task: Task<[item: A], R> & Complete<R>,
    options?: StageOptions,
  ): Stream.Stream<Element<R>, E | Failure<R> | StageFailure, Env | Hub>
} = operator((self, task, options) =>
  inPool(options, (pool) => through(self, pool, task, options, false, values)),
) as never

/** As `mapProcess`, but a call that fails does not end the stream: it is an element, with what it was called with. */
export const mapProcessResult: {
  <A, R>(
    task: Task<[item: A], R> & Complete<R>,
    options?: StageOptions,
  ): <E, Env>(
    self: Stream.Stream<A, E, Env>,
  ) => Stream.Stream<Result.Result<Success<R>, Failed<A, Failure<R> | StageFailure>>, E | PoolFailure, Env | Hub>
  <A, E, Env, R>(
    self: Stream.Stream<A, E, Env>,
    task: Task<[item: A], R> & Complete<R>,
    options?: StageOptions,
  ): Stream.Stream<Result.Result<Success<R>, Failed<A, Failure<R> | StageFailure>>, E | PoolFailure, Env | Hub>
} = operator((self, task, options) =>
  inPool(options, (pool) => through(self, pool, task, options, true, results)),
) as never

/**
 * The elements of a stream, given to a pool: `Pool.imap` of the package itself, with backpressure.
 *
 * @example
 * Stream.range(1, 100).pipe(Pool.mapStream(pool, tasks.square), Stream.runSum)
 */
export const mapStream: {
  <A, R>(
    pool: Pools.Pool,
    task: Task<[item: A], R> & Complete<R>,
    options?: MapOptions,
  ): <E, Env>(self: Stream.Stream<A, E, Env>) => Stream.Stream<Success<R>, E | Failure<R> | StageFailure, Env>
  <A, E, Env, R>(
    self: Stream.Stream<A, E, Env>,
    pool: Pools.Pool,
    task: Task<[item: A], R> & Complete<R>,
    options?: MapOptions,
  ): Stream.Stream<Success<R>, E | Failure<R> | StageFailure, Env>
} = dual(
  (args) => Stream.isStream(args[0]),
  (self: AnyStream, pool: Pools.Pool, task: AnyTask, options: MapOptions = {}) =>
    through(self, pool, task, options, true, values),
) as never

/**
 * Calls a task for each input, and gives the results in order: Python's `map`. Fails with the first call that does; what has
 * not been begun by then is not.
 *
 * @example
 * yield* Pool.map(pool, tasks.square, [1, 2, 3])
 */
export const map = <A, R>(
  pool: Pools.Pool,
  task: Task<[item: A], R> & Complete<R>,
  inputs: Iterable<A>,
  options: MapOptions = {},
): Effect.Effect<Array<Success<R>>, Failure<R> | StageFailure> =>
  Effect.suspend(() => {
    const list = [...inputs]
    const { maxsize = Math.max(1, list.length) } = options
    return Stream.runCollect(mapStream(Stream.fromArray(list), pool, task, { ...options, maxsize }))
  })

/** So many elements are in a stage for each call that can run at a time. */
const EACH = 16

/** What a stage is that makes a stream of a stream, for both ways to call it. */
function operator(make: (self: AnyStream, task: AnyTask, options: StageOptions) => AnyStream): Operator {
  return dual(
    (args) => Stream.isStream(args[0]),
    (self: AnyStream, task: AnyTask, options: StageOptions = {}) => make(self, task, options),
  )
}

/** The pool that is given, or one for as long as the stream runs. */
function inPool({ pool, processes = 1, ...options }: StageOptions, use: (pool: Pools.Pool) => AnyStream): AnyStream {
  if (pool !== undefined) return use(pool)
  const { kind, concurrency, maxtasksperchild, resourceLimits, grace, stdio } = options
  const made = Pools.make({ processes, kind, concurrency, maxtasksperchild, resourceLimits, grace, stdio })
  return Stream.unwrap(Effect.map(made, use))
}

/** What is said of the calls themselves, if anything. */
function forCalls(options: StageOptions): Pools.CallOptions {
  const { attemptTimeout, priority, caller, idempotent, retries, backoff, retryIf } = options
  return { attemptTimeout, priority, caller, idempotent, retries, backoff, retryIf }
}

/** What the options of a stage are called. */
const OPTIONS = [
  ...['processes', 'maxsize', 'ordered', 'chunksize', 'retries', 'backoff', 'retryIf', 'idempotent', 'attemptTimeout'],
  ...['priority', 'caller', 'pool', 'kind', 'concurrency', 'maxtasksperchild', 'resourceLimits', 'grace', 'stdio'],
]

type Arrived = Came<unknown, unknown>
type Chunk = NonEmptyReadonlyArray<unknown>

/** What becomes of a chunk of results: what is handed on, and what the stream then fails of, if it does. */
interface Handed {
  readonly elements: unknown[]
  readonly failed?: Exit.Exit<never, unknown>
}

/** The stream itself. Its results are looked at by chunks, and so is what becomes of them. */
function through(
  self: AnyStream,
  pool: Pools.Pool,
  task: AnyTask,
  options: StageOptions,
  isWhole: boolean,
  hand: (arrived: NonEmptyReadonlyArray<Arrived>) => Handed,
): AnyStream {
  checkOptions('a stage', options, OPTIONS)
  const { ordered = true, maxsize, chunksize } = options
  const crew = pool[CREW]
  const { max, concurrency } = crew.options
  if (chunksize !== undefined) whole('chunksize', chunksize, 1)
  const size = whole('maxsize', maxsize ?? EACH * max * concurrency, 1)
  return Stream.transformPull(self, (above, scope) =>
    Effect.withFiber((fiber) => {
      const { refusal } = crew
      if (refusal !== undefined) return Effect.fail(refusal)
      const caller = new Caller(fiber, checkedTask(task))
      const request = {
        task,
        ordered,
        whole: isWhole,
        maxsize: size,
        chunksize,
        options: Pools.optionsFor(caller, forCalls(options)),
      }
      const run = new StageRun<unknown, unknown>(crew, caller, request)
      return Effect.as(beside(scope, run, above), handedOn(run.pull, hand))
    }),
  )
}

/** Elements that came before a failure are handed on before it. */
function handedOn(
  pull: Pull.Pull<NonEmptyReadonlyArray<Arrived>, unknown>,
  hand: (arrived: NonEmptyReadonlyArray<Arrived>) => Handed,
): Pull.Pull<Chunk, unknown> {
  let late: Exit.Exit<never, unknown> | undefined
  const next: Pull.Pull<Chunk, unknown> = Effect.suspend(() => late ?? Effect.flatMap(pull, handed))
  const handed = (arrived: NonEmptyReadonlyArray<Arrived>): Pull.Pull<Chunk, unknown> => {
    const { elements, failed } = hand(arrived)
    if (elements.length === 0) return failed ?? next
    late = failed
    return Effect.succeed(elements as never)
  }
  return next
}

/** The values, as far as they go. */
function values(arrived: NonEmptyReadonlyArray<Arrived>): Handed {
  const elements: unknown[] = []
  for (const each of arrived) {
    if (each.is === 'failure') return { elements, failed: each.exit }
    elements.push(each.value)
  }
  return { elements }
}

/** The inputs for which there is true. */
function approved(arrived: NonEmptyReadonlyArray<Arrived>): Handed {
  const elements: unknown[] = []
  for (const each of arrived) {
    if (each.is === 'failure') return { elements, failed: each.exit }
    if (each.value === true) elements.push(each.input)
  }
  return { elements }
}

/** Values, and what failed instead; a defect is no result. */
function results(arrived: NonEmptyReadonlyArray<Arrived>): Handed {
  const elements: unknown[] = []
  for (const each of arrived) {
    if (each.is === 'value') elements.push(Result.succeed(each.value))
    else {
      const failure = failureIn(each.exit)
      if (failure === undefined) return { elements, failed: each.exit }
      elements.push(Result.fail(new Failed(each.input, failure.error)))
    }
  }
  return { elements }
}

/** What could be caught: as anywhere in Effect, nothing is where there is a defect as well. */
function failureIn(exit: Exit.Exit<never, unknown>): Cause.Fail<unknown> | undefined {
  return Exit.isSuccess(exit) || Cause.hasDies(exit.cause) ? undefined : exit.cause.reasons.find(Cause.isFailReason)
}
