import type * as Effect from 'effect/Effect'
import type { Scope } from 'effect/Scope'
import type { Guard } from '../guard.ts'
import { BoundedSemaphore, Semaphore as Handle } from '../semaphore.ts'
import type { HandleFailure } from './failures.ts'
import type { Hub } from './hub.ts'
import { constructed, operation, question } from './operation.ts'
import {
  type Around,
  type AroundIfAvailable,
  around,
  aroundIfAvailable,
  held,
  within,
  withinIfAvailable,
} from './permits.ts'

/** Permits that processes share: the same handle as `Semaphore` of the package itself. */
export type Semaphore = Handle

/**
 * So many permits: Python's `multiprocessing.Semaphore`. Permits of a process that dies come back. The scope's end closes it
 * here, and gives back what this process holds.
 *
 * @example
 * const seats = yield* Semaphore.make(3)
 * yield* fetchPage(url).pipe(Semaphore.withPermit(seats))
 */
export const make = (permits = 1): Effect.Effect<Semaphore, never, Hub | Scope> =>
  constructed(() => new Handle(permits))

/** As `make`, but it never has more permits than at first: Python's `BoundedSemaphore`. */
export const makeBounded = (permits = 1): Effect.Effect<Semaphore, never, Hub | Scope> =>
  constructed(() => new BoundedSemaphore(permits))

/** Runs an Effect with a permit, and gives that back however it ends. Interrupted while it waits, it has none. */
export const withPermit: Around<Semaphore> = around((self, effect) => within(self, {}, () => effect))

/** The same, if there is a permit now; otherwise none. */
export const withPermitIfAvailable: AroundIfAvailable<Semaphore> = aroundIfAvailable((self, effect) =>
  withinIfAvailable(self, {}, () => effect),
)

/** Has a permit until the scope ends. */
export const hold = (self: Semaphore): Effect.Effect<Guard, HandleFailure, Scope> => held(self, {})

/** Takes a permit, for who gives it back by `release`, perhaps in another process: Python's `acquire`. */
export const acquire = (self: Semaphore): Effect.Effect<void, HandleFailure> =>
  operation(
    (signal) => self.acquire({ signal }).then(() => {}),
    () => self.release(),
  )

/** Gives a permit back, or adds one: Python's `release`. */
export const release = (self: Semaphore): Effect.Effect<void, HandleFailure> => question(() => self.release())

/** How many permits could be had now: Python's `get_value`. */
export const getValue = (self: Semaphore): Effect.Effect<number, HandleFailure> => question(() => self.getValue())
