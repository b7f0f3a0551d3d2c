import * as Effect from 'effect/Effect'
import type { Scope } from 'effect/Scope'
import type { Guard } from '../guard.ts'
import { RLock as Handle } from '../rlock.ts'
import type { HandleFailure } from './failures.ts'
import type { Hub } from './hub.ts'
import { constructed, question } from './operation.ts'
import { type Around, around, held, within } from './permits.ts'

/** A lock that its holder may take again: the same handle as `RLock` of the package itself. */
export type RLock = Handle

/**
 * A lock that whoever holds it may hold again: Python's `multiprocessing.RLock`. What is a thread there is a fiber here: a
 * fiber that has the lock gets it again, and its children wait as others do.
 *
 * @example
 * const lock = yield* RLock.make
 * yield* RLock.withLock(lock, RLock.withLock(lock, Console.log('twice')))
 */
export const make: Effect.Effect<RLock, never, Hub | Scope> = constructed(() => new Handle())

/** Runs an Effect while this fiber has the lock. */
export const withLock: Around<RLock> = around((self, effect) =>
  Effect.withFiber((holder) => within(self, { holder }, () => effect)),
)

/** Has this fiber hold the lock until the scope ends. */
export const hold = (self: RLock): Effect.Effect<Guard, HandleFailure, Scope> =>
  Effect.withFiber((holder) => held<{ holder: unknown }>(self, { holder }))

/** Whether somebody holds it. */
export const locked = (self: RLock): Effect.Effect<boolean, HandleFailure> => question(() => self.locked())
