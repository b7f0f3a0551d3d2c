import * as Effect from 'effect/Effect'
import type { Scope } from 'effect/Scope'
import { type Delivery, JoinableQueue as Handle, type JoinableQueueOptions } from '../joinable-queue.ts'
import { CHANNEL } from '../queue-channel.ts'
import * as Ends from './channel-ends.ts'
import type { GetFailure, HandleFailure } from './failures.ts'
import type { Hub } from './hub.ts'
import { question } from './operation.ts'
import { made } from './queue.ts'

export {
  close,
  empty,
  full,
  get,
  getBatch,
  getNowait,
  joinThread,
  put,
  putAll,
  putNowait,
  qsize,
  type StreamOptions,
  sink,
  stream,
} from './queue.ts'

/** A queue that knows what was done: the same handle as `JoinableQueue` of the package itself. */
export type JoinableQueue<A> = Handle<A>

export type { Delivery, JoinableQueueOptions } from '../joinable-queue.ts'

/**
 * A queue that knows when everything put into it was done: Python's `multiprocessing.JoinableQueue`. What a consumer had not
 * finished when it died goes to another, at most `deliveryLimit` times.
 *
 * @example
 * const queue = yield* JoinableQueue.make<number>()
 * yield* JoinableQueue.use(queue, (n) => Effect.log(n))
 */
export const make = <A = unknown>(
  options: JoinableQueueOptions = {},
): Effect.Effect<JoinableQueue<A>, never, Hub | Scope> => made(() => new Handle<A>(options))

/**
 * Takes an item, and marks it as done once the Effect has succeeded. If that fails or is interrupted the item is not done: it
 * is handed out again when this process ends.
 */
export const use = <A, B, E, R>(
  self: JoinableQueue<A>,
  work: (item: A, delivery: Delivery<A>) => Effect.Effect<B, E, R>,
): Effect.Effect<B, E | GetFailure, R> =>
  Effect.flatMap(receive(self), (delivery) =>
    Effect.tap(work(delivery.item, delivery), () => Effect.sync(() => delivery.done())),
  )

/** As `get`, with what is known of the item and a way to finish exactly this one. */
export const receive = <A>(self: JoinableQueue<A>): Effect.Effect<Delivery<A>, GetFailure> =>
  Ends.take(self[CHANNEL].inbox, undefined, () => self.takeDelivery())

/** The oldest item that this process took is finished: Python's `task_done`. */
export const taskDone = <A>(self: JoinableQueue<A>): Effect.Effect<void, HandleFailure> =>
  question(() => self.taskDone())

/** Waits until every item that was put is finished: Python's `join`. */
export const join = <A>(self: JoinableQueue<A>): Effect.Effect<void, HandleFailure> => question(() => self.join())

/** Items that were handed out `deliveryLimit` times and never finished. */
export const deadLetters = <A>(self: JoinableQueue<A>): Effect.Effect<Handle<A>['deadLetters']> =>
  Effect.sync(() => self.deadLetters)
