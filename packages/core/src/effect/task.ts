import type * as Context from 'effect/Context'
import * as Effect from 'effect/Effect'
import * as Layer from 'effect/Layer'
import * as ManagedRuntime from 'effect/ManagedRuntime'
import type { Scope } from 'effect/Scope'
import * as Stream from 'effect/Stream'
import type { TaskError } from '../errors.ts'
import { whenEffectsEnd } from '../pool/effects.ts'
import type { Collected, Streamed } from '../pool.ts'
import * as Hub from './hub.ts'

/**
 * Tasks that return an Effect, or a Stream, and what calls of them come to.
 *
 * An Effect runs in the process of the task. It fails there as it fails here, and dies there as it dies here; to interrupt the
 * call is to interrupt it. It may need `Hub` and `Scope`; what else it needs comes from a layer of its own: `withLayer`.
 */

/** What a call of such a task gives; of one that gives many values, all of them. */
export type Success<R> = Collected<R>

/** The values that a call of such a task gives, one after the other. */
export type Element<R> = Streamed<R>

/** What a call of such a task fails of: a plain function's type does not tell, so that is a TaskError. */
export type Failure<R> =
  R extends Effect.Effect<infer A, infer E, infer _>
    ? E | InnerFailure<A>
    : R extends Stream.Stream<infer _A, infer E, infer _R>
      ? E
      : TaskError

/** An Effect may give a Stream. */
type InnerFailure<A> = A extends Stream.Stream<infer _A, infer E, infer _R> ? E : never

/** What it needs that nobody gives it. */
export type Missing<R> =
  R extends Effect.Effect<infer A, infer _E, infer Needs>
    ? Exclude<Needs, Hub.Hub | Scope> | InnerMissing<A>
    : R extends Stream.Stream<infer _A, infer _E, infer Needs>
      ? Exclude<Needs, Hub.Hub | Scope>
      : never

type InnerMissing<A> =
  A extends Stream.Stream<infer _A, infer _E, infer Needs> ? Exclude<Needs, Hub.Hub | Scope> : never

/** Where nothing is known, nothing is refused. */
type IsAny<T> = 0 extends 1 & T ? true : false

/** Refuses, where it is called, a task that lacks a service. */
export type Complete<R> = [Missing<R>] extends [never]
  ? unknown
  : IsAny<Missing<R>> extends true
    ? unknown
    : { readonly 'this task needs a layer: see Task.withLayer': Missing<R> }

type AnyEffect = Effect.Effect<unknown, unknown, unknown>
type AnyStream = Stream.Stream<unknown, unknown, unknown>
type AnyLayer = Layer.Layer<unknown, unknown, Hub.Hub>

/** What becomes of the type of a task that is given a layer. */
type Provided<T, L, LE> = T extends (...args: infer Args) => Effect.Effect<infer A, infer E, infer R>
  ? (...args: Args) => Effect.Effect<A, E | LE, Exclude<R, L>>
  : T extends (...args: infer Args) => Stream.Stream<infer A, infer E, infer R>
    ? (...args: Args) => Stream.Stream<A, E | LE, Exclude<R, L>>
    : never

type TaskFunction = (...args: never[]) => AnyEffect | AnyStream

/**
 * A task with what its Effect needs. The layer is built in each process where the task is called, once, with the first call;
 * what it holds is released when that process has done all its tasks. Tasks with the same layer share it.
 *
 * @example
 * export const lookUp = Task.withLayer(DatabaseLive)((id: number) => Database.use((db) => db.find(id)))
 */
export const withLayer: <L, LE>(
  layer: Layer.Layer<L, LE, Hub.Hub>,
) => <
  T extends (...args: never[]) => Effect.Effect<unknown, unknown, unknown> | Stream.Stream<unknown, unknown, unknown>,
>(
  task: T,
) => Provided<T, L, LE> = (layer) => (task) => provided(layer as AnyLayer, task as TaskFunction) as never

function provided(layer: AnyLayer, task: TaskFunction): (...args: never[]) => AnyEffect | AnyStream {
  return (...args) => {
    const returned = task(...args)
    const context = contextOf(layer)
    return Stream.isStream(returned)
      ? Stream.unwrap(Effect.map(context, (services) => Stream.provideContext(returned as AnyStream, services)))
      : Effect.flatMap(context, (services) => Effect.provideContext(returned as AnyEffect, services))
  }
}

/** One for each layer that was asked for here; those that they are made of are shared. */
const runtimes = new Map<AnyLayer, ManagedRuntime.ManagedRuntime<unknown, unknown>>()
const memoMap = Layer.makeMemoMapUnsafe()

function contextOf(layer: AnyLayer): Effect.Effect<Context.Context<unknown>, unknown> {
  return Effect.suspend(() => {
    const known = runtimes.get(layer)
    if (known !== undefined) return known.contextEffect
    const runtime = ManagedRuntime.make(Layer.provide(layer, Hub.layer), { memoMap })
    runtimes.set(layer, runtime)
    whenEffectsEnd(() => runtime.dispose())
    // What could not be built may be built by the next call.
    return Effect.tapCause(runtime.contextEffect, () => Effect.sync(() => runtimes.delete(layer)))
  })
}
