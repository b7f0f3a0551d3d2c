import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import { dual } from 'effect/Function'
import * as Stream from 'effect/Stream'
import type { EncodeError } from '../errors.ts'
import type { Folded, Key, Keyed } from '../keyed-fold.ts'
import { checkOptions } from '../options.ts'
import { checkedKey, partitionOf } from '../partition.ts'
import type { Kind } from '../platform.ts'
import { checkedTask } from '../pool/checked-task.ts'
import { whole } from '../pool/pool-options.ts'
import { STAGE_MAXSIZE, type StageStart } from '../stage-process.ts'
import type { Task } from '../task-module.ts'
import { Caller } from './calls.ts'
import { Hub } from './hub.ts'
import { action } from './operation.ts'
import type { ProcessFailure } from './process.ts'
import { type FlowRequest, StageFlow } from './stage-flow.ts'
import { beside } from './stage-run.ts'
import type { Complete, Element, Failure, Success } from './task.ts'

export type { Key, Keyed } from '../keyed-fold.ts'

/** How a stage runs whose processes have a state. */
export interface StatefulOptions {
  /** About so many elements are on the way to each process and back; 32 unless given. */
  readonly maxsize?: number | undefined
  /** Child processes, threads or Web Workers; as the layer of `Hub` says unless given. */
  readonly kind?: Kind | undefined
}

/** How the states of keys are kept. */
export interface FoldOptions<in A, out K, out S> extends StatefulOptions {
  /** To which key an element belongs: a string, a number, a bigint or a boolean. */
  readonly key: (element: A) => K
  /** What the state of each key begins with: a copy of this, in which no handle may be. */
  readonly seed: S
  /** Among so many processes the keys are divided; 1 unless given. */
  readonly processes?: number | undefined
}

/** What such a stage can fail of, besides what its task fails of: a process that dies takes its state with it. */
export type StatefulFailure = ProcessFailure

/** What gives a state. */
type Gives<R, S> = [Success<R>] extends [S] ? unknown : { readonly 'this task gives no such state': Success<R> }

/** A stage that folds the elements of each key: both ways to call it. */
export interface FoldStage {
  <A, K extends Key, S, R>(
    task: Task<[state: S, element: A], R> & Complete<R> & Gives<R, S>,
    options: FoldOptions<A, K, S>,
  ): <E, Env>(self: Stream.Stream<A, E, Env>) => Stream.Stream<Keyed<K, S>, E | Failure<R> | StatefulFailure, Env | Hub>
  <A, E, Env, K extends Key, S, R>(
    self: Stream.Stream<A, E, Env>,
    task: Task<[state: S, element: A], R> & Complete<R> & Gives<R, S>,
    options: FoldOptions<A, K, S>,
  ): Stream.Stream<Keyed<K, S>, E | Failure<R> | StatefulFailure, Env | Hub>
}

/**
 * Calls a task with the state of an element's key and the element, and gives the key with the state that comes of it. The
 * states of a key live in one process, which sees its elements in their order.
 *
 * @example
 * orders.pipe(Stage.scanProcess(tasks.addUp, { key: (order) => order.customer, seed: 0, processes: 2 }))
 */
export const scanProcess: FoldStage = dual(3, (self: AnyStream, task: AnyTask, options: AnyFoldOptions) =>
  folding('scan', self, task, options),
) as never

/**
 * As `scanProcess`, but gives the last state of each key, once the stream has ended. If that fails, there is none.
 *
 * @example
 * words.pipe(Stage.reduceProcess(tasks.count, { key: (word) => word, seed: 0, processes: 2 }), Stream.runCollect)
 */
export const reduceProcess: FoldStage = dual(3, (self: AnyStream, task: AnyTask, options: AnyFoldOptions) =>
  folding('reduce', self, task, options),
) as never

/**
 * Runs a task that makes a Stream of a Stream, in a process: it gets the elements, and what its Stream gives comes back. Demand
 * goes through it both ways. In Python one writes a process with a queue on each side for that.
 *
 * If the stream above fails, so does this one, at once.
 *
 * @example
 * // tasks.ts: export const sessions = (clicks: Stream.Stream<Click>) => clicks.pipe(Stream.groupedWithin(100, '1 second'))
 * clicks.pipe(Stage.throughProcess(tasks.sessions))
 */
export const throughProcess: {
  <A, R extends Stream.Stream<unknown, unknown, unknown>>(
    task: Task<[above: Stream.Stream<A>], R> & Complete<R>,
    options?: StatefulOptions,
  ): <E, Env>(self: Stream.Stream<A, E, Env>) => Stream.Stream<Element<R>, E | Failure<R> | StatefulFailure, Env | Hub>
  <A, E, Env, R extends Stream.Stream<unknown, unknown, unknown>>(
    self: Stream.Stream<A, E, Env>,
    task: Task<[above: Stream.Stream<A>], R> & Complete<R>,
    options?: StatefulOptions,
  ): Stream.Stream<Element<R>, E | Failure<R> | StatefulFailure, Env | Hub>
} = dual(
  (args) => Stream.isStream(args[0]),
  (self: AnyStream, task: AnyTask, options: StatefulOptions = {}) => {
    checkOptions('throughProcess()', options, ['maxsize', 'kind'])
    return flowing(self, task, options, {
      start: { work: 'stream', seed: null },
      processes: 1,
      drains: false,
      route: (element) => [0, element],
      receive: (came) => Exit.succeed(came),
    })
  },
) as never

type AnyTask = Task<never, unknown>
type AnyStream = Stream.Stream<unknown, unknown, Hub>
type AnyFoldOptions = FoldOptions<unknown, Key, unknown>

function folding(work: 'scan' | 'reduce', self: AnyStream, task: AnyTask, options: AnyFoldOptions): AnyStream {
  const operator = `${work}Process`
  checkOptions(`${operator}()`, options, ['key', 'seed', 'processes', 'maxsize', 'kind'])
  const { key, seed } = options
  if (typeof key !== 'function') throw new TypeError(`${operator}() needs a key, a function of the element`)
  const processes = whole('processes', options.processes ?? 1, 1)
  return flowing(self, task, options, {
    start: { work, seed },
    processes,
    drains: work === 'scan',
    route: (element) => {
      const its = checkedKey(operator, key(element))
      return [partitionOf(its, processes), [its, element]]
    },
    receive: (came, caller) => {
      const [its, answer, toldOnly] = came as Folded
      const exit = caller.resultOf<unknown, unknown>(answer)
      return toldOnly === true ? undefined : Exit.map(exit, (state) => [its, state])
    },
  })
}

/** What is said of a stage, but for how its processes are started. */
interface Flow extends Omit<FlowRequest, 'start'> {
  readonly start: Pick<StageStart, 'work' | 'seed'>
}

function flowing(self: AnyStream, task: AnyTask, options: StatefulOptions, flow: Flow): AnyStream {
  const checked = checkedTask(task)
  const maxsize = whole('maxsize', options.maxsize ?? STAGE_MAXSIZE, 1)
  return Stream.transformPull(self, (above, scope) =>
    Effect.flatMap(Hub, ({ kind }) =>
      Effect.withFiber((fiber) => {
        const caller = new Caller(fiber, checked)
        const start = { ...flow.start, task: checked, maxsize, kind: options.kind ?? kind, told: caller.told }
        // The seed may be nothing that travels.
        const begun = action<StageFlow, EncodeError>(() => new StageFlow(caller, { ...flow, start }))
        return Effect.flatMap(begun, (run) => Effect.as(beside(scope, run, above), run.pull))
      }),
    ),
  )
}
