import * as Effect from 'effect/Effect'
import { dual } from 'effect/Function'
import type { Scope } from 'effect/Scope'
import { Condition as Handle } from '../condition.ts'
import type { OwnershipError } from '../errors.ts'
import { Lock } from '../lock.ts'
import type { HandleFailure } from './failures.ts'
import type { Hub } from './hub.ts'
import { constructed, operation, type Patience, question, timeoutOf } from './operation.ts'
import { type Around, around, within } from './permits.ts'

/** Where processes wait for what others tell: the same handle as `Condition` of the package itself. */
export type Condition = Handle<Lock>

/**
 * Processes wait, holding a lock, until another says that what they wait for may have come true: Python's
 * `multiprocessing.Condition`.
 *
 * @example
 * const condition = yield* Condition.make()
 * yield* Condition.waitUntil(condition, isReady).pipe(Condition.withLock(condition))
 */
export const make = (lock?: Lock): Effect.Effect<Condition, never, Hub | Scope> =>
  constructed(() => new Handle<Lock>(lock ?? new Lock()))

/** Runs an Effect while its lock is held. */
export const withLock: Around<Condition> = around((self, effect) => within(self.lock, {}, () => effect))

/**
 * Gives up the lock, waits for a notification, and has the lock again, also when it is interrupted. Gives false if none
 * came before `timeout`.
 */
export const wait: {
  (self: Condition): Effect.Effect<true, HandleFailure | OwnershipError>
  (self: Condition, options: Patience): Effect.Effect<boolean, HandleFailure | OwnershipError>
} = (self: Condition, options?: Patience) =>
  operation<boolean, never>(
    (signal) => self.wait({ timeout: timeoutOf(options), signal }),
    () => {},
  ) as Effect.Effect<true, HandleFailure | OwnershipError>

/** Waits until a predicate is true, which is asked now and after every notification: Python's `wait_for`. */
export const waitUntil: {
  <E, R>(
    predicate: Effect.Effect<boolean, E, R>,
  ): (self: Condition) => Effect.Effect<void, E | HandleFailure | OwnershipError, R>
  <E, R>(
    self: Condition,
    predicate: Effect.Effect<boolean, E, R>,
  ): Effect.Effect<void, E | HandleFailure | OwnershipError, R>
} = dual(
  2,
  Effect.fnUntraced(function* <E, R>(self: Condition, predicate: Effect.Effect<boolean, E, R>) {
    while (!(yield* predicate)) yield* wait(self)
  }),
)

/** Wakes the first `n` of those who wait now. */
export const notify = (self: Condition, n = 1): Effect.Effect<void, HandleFailure | OwnershipError> =>
  question(() => self.notify(n))

/** Wakes all who wait now: Python's `notify_all`. */
export const notifyAll = (self: Condition): Effect.Effect<void, HandleFailure | OwnershipError> =>
  question(() => self.notifyAll())
