import type * as Duration from 'effect/Duration'
import { toMillis } from 'effect/Duration'
import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import type { Scope } from 'effect/Scope'
import type { AbortSignal } from '../abort-signal.ts'
import { MillraceError } from '../errors.ts'
import { Hub } from './hub.ts'
import { Interruption } from './interruption.ts'

/** How long to wait. */
export interface Patience {
  /** After this it fails; unless given, it takes as long as it takes. */
  readonly timeout: Duration.Input
}

/** @internal An error of Millrace is a failure; whatever else is thrown, misuse above all, is a defect. */
export function refused<E>(error: unknown): Exit.Failure<never, E> {
  return (error instanceof MillraceError ? Exit.fail(error as E) : Exit.die(error)) as Exit.Failure<never, E>
}

/** @internal Milliseconds. */
export function timeoutOf(patience: Partial<Patience> | undefined): number | undefined {
  return patience?.timeout === undefined ? undefined : toMillis(patience.timeout)
}

/**
 * @internal What takes its time, and is aborted by interruption.
 *
 * @param undo gives back what was taken although the fiber had been interrupted by then
 */
export function operation<A, E>(
  begin: (signal: AbortSignal) => Promise<A>,
  undo?: (taken: A) => unknown,
): Effect.Effect<A, E> {
  return Effect.callback<A, E>((resume) => {
    const interruption = new Interruption()
    const taking = begun(() => begin(interruption))
    taking.then(
      (value) => resume(Effect.succeed(value)),
      (error) => resume(refused(error)),
    )
    if (undo === undefined) return interruption.now
    return Effect.suspend(() => {
      interruption.abort()
      return Effect.promise(() => taking.then(undo, () => {}))
    })
  })
}

/**
 * @internal What is asked of the hub, and comes to an answer whoever waits for that.
 *
 * @param undo gives back what is answered although the fiber had been interrupted by then, which does not wait for that
 */
export function question<A, E>(ask: () => Promise<A>, undo?: (answer: A) => unknown): Effect.Effect<A, E> {
  return Effect.callback<A, E>((resume) => {
    const asking = begun(ask)
    asking.then(
      (value) => resume(Effect.succeed(value)),
      (error) => resume(refused(error)),
    )
    if (undo !== undefined) return Effect.sync(() => void asking.then(undo, () => {}))
  })
}

/** @internal What is done at once. */
export function action<A, E>(act: () => A): Effect.Effect<A, E> {
  return Effect.suspend(() => {
    try {
      return Effect.succeed(act())
    } catch (error) {
      return refused<E>(error)
    }
  })
}

/** @internal A handle that is closed here by the end of its scope; the others that have it go on. */
export function constructed<H extends { close(): Promise<void> }>(
  construct: () => H,
): Effect.Effect<H, never, Hub | Scope> {
  return Effect.acquireRelease(Effect.andThen(Hub, Effect.sync(construct)), (handle) =>
    Effect.promise(() => handle.close()),
  )
}

function begun<A>(begin: () => Promise<A>): Promise<A> {
  try {
    return begin()
  } catch (error) {
    return Promise.reject(error)
  }
}
