import type * as Effect from 'effect/Effect'
import type { Scope } from 'effect/Scope'
import type * as Stream from 'effect/Stream'
import { SharedEvent } from '../shared-event.ts'
import type { HandleFailure } from './failures.ts'
import type { Hub } from './hub.ts'
import { states } from './observable.ts'
import { constructed, operation, type Patience, question, timeoutOf } from './operation.ts'

/** A flag that processes share: the same handle as `SharedEvent` of the package itself. */
export type Event = SharedEvent

/**
 * A flag that processes set, clear and wait for: Python's `multiprocessing.Event`.
 *
 * @example
 * const ready = yield* Event.make
 * yield* Event.set(ready)
 * yield* Event.wait(ready)
 */
export const make: Effect.Effect<Event, never, Hub | Scope> = constructed(() => new SharedEvent())

/** Sets it: everybody who waits goes on. Done when the others can see it. */
export const set = (self: Event): Effect.Effect<void, HandleFailure> => question(() => self.set())

/** From now on `wait` waits again. */
export const clear = (self: Event): Effect.Effect<void, HandleFailure> => question(() => self.clear())

/** Python's `is_set`. */
export const isSet = (self: Event): Effect.Effect<boolean, HandleFailure> => question(() => self.isSet())

/** Waits until it is set; with a `timeout`, gives false after that. */
export const wait: {
  (self: Event): Effect.Effect<true, HandleFailure>
  (self: Event, options: Patience): Effect.Effect<boolean, HandleFailure>
} = (self: Event, options?: Patience) =>
  operation((signal) => self.wait({ timeout: timeoutOf(options), signal })) as Effect.Effect<true, HandleFailure>

/** Whether it is set, now and whenever that changes. */
export const changes = (self: Event): Stream.Stream<boolean, HandleFailure> => states(self)
