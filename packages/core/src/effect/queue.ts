import * as Effect from 'effect/Effect'
import { dual } from 'effect/Function'
import type { Scope } from 'effect/Scope'
import * as Sink from 'effect/Sink'
import * as Stream from 'effect/Stream'
import type { BaseQueue } from '../base-queue.ts'
import type { EmptyError, FullError } from '../errors.ts'
import { HANDLE } from '../handle.ts'
import { whole } from '../pool/pool-options.ts'
import { Queue as Handle } from '../queue.ts'
import { CHANNEL, type QueueOptions } from '../queue-channel.ts'
import * as Ends from './channel-ends.ts'
import type { Closed, GetFailure, HandleFailure, PutFailure } from './failures.ts'
import { Hub } from './hub.ts'
import { action, operation, type Patience, question, timeoutOf } from './operation.ts'

/** A queue that processes share: the same handle as `Queue` of the package itself, so tasks can be given it. */
export type Queue<A> = Handle<A>

export type { QueueOptions } from '../queue-channel.ts'

/** How a stream takes items. */
export interface StreamOptions {
  /**
   * At most so many items are taken at a time; 1 unless given, so that what the stream does not hand on stays in the queue.
   * More are faster, and those of a chunk that nobody looks at are gone.
   */
  readonly chunkSize?: number | undefined
}

/**
 * A first-in, first-out queue that any number of processes share: Python's `multiprocessing.Queue`. At most `maxsize` items
 * are put and not yet taken. Its scope's end closes it here; the others go on.
 *
 * @example
 * const queue = yield* Queue.make<string>({ maxsize: 3 })
 * yield* Queue.put(queue, 'hello')
 * yield* Queue.get(queue)
 */
export const make = <A = unknown>(options: QueueOptions = {}): Effect.Effect<Queue<A>, never, Hub | Scope> =>
  made(() => new Handle<A>(options))

/** @internal */
export const made = <Q extends { release(): void }>(construct: () => Q): Effect.Effect<Q, never, Hub | Scope> =>
  Effect.acquireRelease(Effect.andThen(Hub, Effect.sync(construct)), (queue) => Effect.sync(() => queue.release()))

/**
 * Appends an item, waiting while the queue is full: Python's `put`. It is a snapshot. With a `timeout` it fails with
 * FullError after that.
 *
 * @example
 * yield* Queue.put(queue, 'hello')
 */
export const put: {
  <A>(item: A): (self: BaseQueue<A>) => Effect.Effect<void, PutFailure>
  <A>(item: A, options: Patience): (self: BaseQueue<A>) => Effect.Effect<void, PutFailure | FullError>
  <A>(self: BaseQueue<A>, item: A): Effect.Effect<void, PutFailure>
  <A>(self: BaseQueue<A>, item: A, options: Patience): Effect.Effect<void, PutFailure | FullError>
} = dual(
  (args) => isQueue(args[0]) && args.length > 1,
  <A>(self: BaseQueue<A>, item: A, options?: Patience): Effect.Effect<void, PutFailure | FullError> =>
    Ends.put(placing(self), item, options && { timeout: timeoutOf(options) }),
)

/** Appends many items, in order, waiting whenever the queue is full. An interruption leaves those that were appended. */
export const putAll: {
  <A>(items: Iterable<A>): (self: BaseQueue<A>) => Effect.Effect<void, PutFailure>
  <A>(self: BaseQueue<A>, items: Iterable<A>): Effect.Effect<void, PutFailure>
} = dual(
  2,
  <A>(self: BaseQueue<A>, items: Iterable<A>): Effect.Effect<void, PutFailure> => Ends.putAll(placing(self), items),
)

/** As `put`, without waiting: Python's `put_nowait`. Slots that others hold unused are asked back first. */
export const putNowait: {
  <A>(item: A): (self: Queue<A>) => Effect.Effect<void, PutFailure | FullError>
  <A>(self: Queue<A>, item: A): Effect.Effect<void, PutFailure | FullError>
} = dual(2, <A>(self: Queue<A>, item: A): Effect.Effect<void, PutFailure | FullError> => put(self, item, NOWAIT))

/**
 * Takes the oldest item, waiting while the queue is empty: Python's `get`. Interrupted, it takes nothing. With a `timeout`
 * it fails with EmptyError after that.
 */
export const get: {
  <A>(self: BaseQueue<A>): Effect.Effect<A, GetFailure>
  <A>(self: BaseQueue<A>, options: Patience): Effect.Effect<A, GetFailure | EmptyError>
} = <A>(self: BaseQueue<A>, options?: Patience) =>
  Ends.take<A, GetFailure>(self[CHANNEL].inbox, timeoutOf(options)) as Effect.Effect<A, GetFailure>

/** Takes what is at hand in this process, at most so many items, 1 or more, and waits for the first of them. */
export const getBatch: {
  (most: number): <A>(self: BaseQueue<A>) => Effect.Effect<[A, ...A[]], GetFailure>
  <A>(self: BaseQueue<A>, most: number): Effect.Effect<[A, ...A[]], GetFailure>
} = dual(
  2,
  <A>(self: BaseQueue<A>, most: number): Effect.Effect<[A, ...A[]], GetFailure> =>
    Effect.suspend(() => Ends.takeSome(self[CHANNEL].inbox, whole('the size of a batch', most, 1))),
)

/** As `get`, without waiting: Python's `get_nowait`. */
export const getNowait = <A>(self: Queue<A>): Effect.Effect<A, GetFailure | EmptyError> => get(self, NOWAIT)

/** How many items are put and not yet taken: Python's `qsize`. */
export const qsize = <A>(self: Queue<A>): Effect.Effect<number, HandleFailure> => question(() => self.qsize())

/** Whether a put would wait: Python's `full`. */
export const full = <A>(self: Queue<A>): Effect.Effect<boolean, HandleFailure> => question(() => self.full())

/** Whether there is nothing to get: Python's `empty`. */
export const empty = <A>(self: BaseQueue<A>): Effect.Effect<boolean, HandleFailure> => question(() => self.empty())

/** This process puts and gets no more; what was put before still gets there. Python's `close`. */
export const close = <A>(self: BaseQueue<A>): Effect.Effect<void> => action(() => void self.close())

/** Waits until everything that this process has put found its place, once the queue is closed: Python's `join_thread`. */
export const joinThread = <A>(self: Queue<A>): Effect.Effect<void, HandleFailure> => operation(() => self.joinThread())

/**
 * The items, as they are asked for, until the queue is closed in this process.
 *
 * @example
 * yield* Queue.stream(queue).pipe(Stream.take(5), Stream.runForEach(Console.log))
 */
export const stream = <A>(
  self: BaseQueue<A>,
  { chunkSize = 1 }: StreamOptions = {},
): Stream.Stream<A, Exclude<GetFailure, Closed>> =>
  Stream.fromPull(Effect.sync(() => Ends.pullFrom<A, GetFailure, Closed>(self[CHANNEL].inbox, chunkSize, isClosed)))

/** Puts what it is given, waiting while the queue is full. The queue stays open. */
export const sink = <A>(self: BaseQueue<A>): Sink.Sink<void, A, never, PutFailure> =>
  Sink.forEachArray((items) => Ends.putAll(placing(self), items))

const NOWAIT: Patience = { timeout: 0 }

function placing<A>(self: BaseQueue<A>): Ends.Placing {
  return (item, options) => self.put(item as A, options)
}

const isClosed = (error: GetFailure): error is Closed => error._tag === 'ClosedError'

function isQueue(value: unknown): boolean {
  return typeof value === 'object' && value !== null && HANDLE in value
}
