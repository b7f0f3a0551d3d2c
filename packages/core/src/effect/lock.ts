import type * as Effect from 'effect/Effect'
import type { Scope } from 'effect/Scope'
import type { Guard } from '../guard.ts'
import { Lock as Handle } from '../lock.ts'
import type { HandleFailure } from './failures.ts'
import type { Hub } from './hub.ts'
import { constructed, question } from './operation.ts'
import {
  type Around,
  type AroundIfAvailable,
  around,
  aroundIfAvailable,
  held,
  within,
  withinIfAvailable,
} from './permits.ts'

/** A lock that processes share: the same handle as `Lock` of the package itself. */
export type Lock = Handle

export type { Guard } from '../guard.ts'

/**
 * One process at a time holds it, and within that one fiber: Python's `multiprocessing.Lock`. Its scope's end closes it
 * here.
 *
 * @example
 * const lock = yield* Lock.make
 * yield* Lock.withLock(lock, Console.log('nobody else is here'))
 */
export const make: Effect.Effect<Lock, never, Hub | Scope> = constructed(() => new Handle())

/**
 * Runs an Effect while the lock is held, and releases that however it ends. Interrupted while it waits, it holds nothing.
 *
 * @example
 * yield* Effect.log('alone').pipe(Lock.withLock(lock))
 */
export const withLock: Around<Lock> = around((self, effect) => within(self, {}, () => effect))

/** The same, if the lock is free now; otherwise none. */
export const withLockIfAvailable: AroundIfAvailable<Lock> = aroundIfAvailable((self, effect) =>
  withinIfAvailable(self, {}, () => effect),
)

/** Holds the lock until the scope ends. `abandoned` of what it gives says who died with it, if somebody did. */
export const hold = (self: Lock): Effect.Effect<Guard, HandleFailure, Scope> => held(self, {})

/** Releases the lock, whoever holds it: Python's `release`. `withLock` and `hold` do it by themselves. */
export const release = (self: Lock): Effect.Effect<void, HandleFailure> => question(() => self.release())

/** Whether somebody holds it. */
export const locked = (self: Lock): Effect.Effect<boolean, HandleFailure> => question(() => self.locked())
