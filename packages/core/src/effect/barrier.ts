import * as Effect from 'effect/Effect'
import type { Scope } from 'effect/Scope'
import type * as Stream from 'effect/Stream'
import { Barrier as Handle } from '../barrier.ts'
import type { BrokenBarrierError } from '../errors.ts'
import type { HandleFailure } from './failures.ts'
import type { Hub } from './hub.ts'
import { states } from './observable.ts'
import { constructed, operation, type Patience, question, timeoutOf } from './operation.ts'

/** Where processes wait for each other: the same handle as `Barrier` of the package itself. */
export type Barrier = Handle

/** What a barrier is made with. */
export interface BarrierOptions<R = never> {
  /** Run by one party each round, once all are there; what it dies of breaks the barrier. It stays in this process. */
  readonly action?: Effect.Effect<unknown, never, R> | undefined
}

/**
 * Where so many parties wait for each other, round by round: Python's `multiprocessing.Barrier`.
 *
 * @example
 * const barrier = yield* Barrier.make(2)
 * yield* Effect.all([Barrier.wait(barrier), Barrier.wait(barrier)], { concurrency: 2 })
 */
export const make = <R = never>(
  parties: number,
  options: BarrierOptions<R> = {},
): Effect.Effect<Barrier, never, Hub | Scope | R> =>
  Effect.flatMap(Effect.context<R>(), (context) => {
    const { action } = options
    const run = action && (() => Effect.runPromiseWith(context)(action))
    return constructed(() => new Handle(parties, { action: run }))
  })

/**
 * Waits until all parties are there; gives each another index, from 0 on. Who is interrupted while it waits breaks the
 * barrier, as a party that dies does.
 */
export const wait = (self: Barrier, options?: Patience): Effect.Effect<number, HandleFailure | BrokenBarrierError> =>
  operation(
    (signal) => self.wait({ timeout: timeoutOf(options), signal }),
    () => {},
  )

/** Makes it as new; those who wait fail. */
export const reset = (self: Barrier): Effect.Effect<void, HandleFailure> => question(() => self.reset())

/** Breaks it. */
export const abort = (self: Barrier): Effect.Effect<void, HandleFailure> => question(() => self.abort())

/** How many wait: Python's `n_waiting`. */
export const nWaiting = (self: Barrier): Effect.Effect<number, HandleFailure> => question(() => self.nWaiting())

/** Whether it is broken. */
export const broken = (self: Barrier): Effect.Effect<boolean, HandleFailure> => question(() => self.broken())

/** How many wait, now and whenever that changes. */
export const changes = (self: Barrier): Stream.Stream<number, HandleFailure> => states(self)
