import * as Effect from 'effect/Effect'
import type * as Option from 'effect/Option'
import type { Scope } from 'effect/Scope'
import type { AbortSignal } from '../abort-signal.ts'
import type { Guard } from '../guard.ts'
import type { HandleFailure } from './failures.ts'
import { operation, question } from './operation.ts'

/** What locks and semaphores have in common, for Effects. */

/** @internal */
export interface Permits<Options extends object> {
  hold(options?: Options): Promise<Guard>
}

interface Waiting {
  readonly timeout?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** @internal Acquires a permit for the rest of the scope. */
export function held<O extends object>(
  self: Permits<O & Waiting>,
  options: O,
): Effect.Effect<Guard, HandleFailure, Scope> {
  return Effect.uninterruptibleMask((restore) => {
    const grip = new Grip()
    return Effect.andThen(
      Effect.addFinalizer(() => grip.release),
      restore(obtain(self, options, grip)),
    )
  })
}

/** @internal Runs an Effect while it has a permit. */
export function within<O extends object, A, E, R>(
  self: Permits<O & Waiting>,
  options: O,
  use: (guard: Guard) => Effect.Effect<A, E, R>,
): Effect.Effect<A, E | HandleFailure, R> {
  return Effect.uninterruptibleMask((restore) => {
    const grip = new Grip()
    return Effect.onExit(restore(Effect.flatMap(obtain(self, options, grip), use)), () => grip.release)
  })
}

/** @internal The same, if there is a permit now. */
export function withinIfAvailable<O extends object, A, E, R>(
  self: Permits<O & Waiting>,
  options: O,
  use: (guard: Guard) => Effect.Effect<A, E, R>,
): Effect.Effect<Option.Option<A>, E | HandleFailure, R> {
  return Effect.uninterruptibleMask((restore) => {
    const grip = new Grip()
    const attempt = Effect.result(obtain(self, { ...options, timeout: 0 }, grip))
    const used = Effect.flatMap(attempt, (result): Effect.Effect<Option.Option<A>, E | HandleFailure, R> => {
      if (result._tag === 'Success') return Effect.asSome(use(result.success))
      return isLate(result.failure) ? Effect.succeedNone : Effect.fail(result.failure)
    })
    return Effect.onExit(restore(used), () => grip.release)
  })
}

/** What holds a permit from the moment that it is there: no interruption can come between. */
class Grip {
  guard: Guard | undefined

  readonly release: Effect.Effect<void> = Effect.suspend(() => {
    const { guard } = this
    return guard === undefined ? Effect.void : letGo(() => guard.release())
  })
}

function obtain<O extends object>(
  self: Permits<O & Waiting>,
  options: O,
  grip: Grip,
): Effect.Effect<Guard, HandleFailure> {
  const keep = (guard: Guard) => {
    grip.guard = guard
    return guard
  }
  // A permit that comes although the fiber was interrupted is kept, too, and released with the others.
  return operation((signal) => self.hold({ ...options, signal }).then(keep), NOTHING)
}

/** Releases; what was closed, or cannot be reached any more, has been released by that. */
function letGo(release: () => Promise<void>): Effect.Effect<void> {
  return question<void, HandleFailure>(release).pipe(
    Effect.catchTag(['ClosedError', 'DisconnectedError', 'ManagerDiedError', 'ManagerClosedError'], () => Effect.void),
    Effect.orDie,
  )
}

const NOTHING = () => {}

const isLate = (error: { readonly _tag: string }) => error._tag === 'TimeoutError'

/** Runs an Effect while something is held: `with(self, effect)`, or `effect.pipe(with(self))`. */
export interface Around<S> {
  (self: S): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | HandleFailure, R>
  <A, E, R>(self: S, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | HandleFailure, R>
}

/** The same, but only if that is possible now. */
export interface AroundIfAvailable<S> {
  (self: S): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<Option.Option<A>, E | HandleFailure, R>
  <A, E, R>(self: S, effect: Effect.Effect<A, E, R>): Effect.Effect<Option.Option<A>, E | HandleFailure, R>
}

type AnyEffect = Effect.Effect<unknown, unknown, unknown>

/** @internal Both ways to call it. */
export function around<S>(run: (self: S, effect: AnyEffect) => AnyEffect): Around<S> {
  const both = (self: S, ...rest: AnyEffect[]) =>
    rest.length === 0 ? (effect: AnyEffect) => run(self, effect) : run(self, rest[0]!)
  return both as unknown as Around<S>
}

/** @internal */
export function aroundIfAvailable<S>(run: (self: S, effect: AnyEffect) => AnyEffect): AroundIfAvailable<S> {
  return around(run) as unknown as AroundIfAvailable<S>
}
