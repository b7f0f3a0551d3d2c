import * as Effect from 'effect/Effect'
import { dual } from 'effect/Function'
import type * as Stream from 'effect/Stream'
import type { TimeoutError } from '../errors.ts'
import { SharedValue, type SharedValueOptions } from '../shared-value.ts'
import type { AssignableTo, ElementOf, ElementType } from '../type-codes.ts'
import type { HandleFailure } from './failures.ts'
import { Hub } from './hub.ts'
import { states } from './observable.ts'
import { operation, question } from './operation.ts'

/** One number, boolean or character that processes share: the same handle as `SharedValue` of the package itself. */
export type Value<T extends ElementType> = SharedValue<T>

/**
 * One number, boolean or character in memory that processes share: Python's `multiprocessing.Value`. It is there for as long
 * as somebody has it.
 *
 * @example
 * const total = yield* Value.make('int32', 7)
 * yield* Value.add(total, 3)
 */
export const make = <T extends ElementType>(
  type: T,
  initial?: AssignableTo<T>,
  options?: SharedValueOptions,
): Effect.Effect<Value<T>, never, Hub> =>
  Effect.andThen(
    Hub,
    Effect.sync(() => new SharedValue<T>(type, initial, options)),
  )

/** Reads it, wherever it is. */
export const get = <T extends ElementType>(self: Value<T>): Effect.Effect<ElementOf<T>, HandleFailure> =>
  question(() => self.get())

/** Writes it under its lock, if it has one. */
export const set: {
  <T extends ElementType>(value: AssignableTo<T>): (self: Value<T>) => Effect.Effect<void, HandleFailure>
  <T extends ElementType>(self: Value<T>, value: AssignableTo<T>): Effect.Effect<void, HandleFailure>
} = dual(
  2,
  <T extends ElementType>(self: Value<T>, value: AssignableTo<T>): Effect.Effect<void, HandleFailure> =>
    operation((signal) => self.set(value, { signal })),
)

/** Adds in one step, and gives what was there before. */
export const add: {
  <T extends ElementType>(value: AssignableTo<T>): (self: Value<T>) => Effect.Effect<ElementOf<T>, HandleFailure>
  <T extends ElementType>(self: Value<T>, value: AssignableTo<T>): Effect.Effect<ElementOf<T>, HandleFailure>
} = dual(
  2,
  <T extends ElementType>(self: Value<T>, value: AssignableTo<T>): Effect.Effect<ElementOf<T>, HandleFailure> =>
    question(() => self.add(value)),
)

/** As `add`, for a difference. */
export const sub: typeof add = dual(
  2,
  <T extends ElementType>(self: Value<T>, value: AssignableTo<T>): Effect.Effect<ElementOf<T>, HandleFailure> =>
    question(() => self.sub(value)),
)

/** Writes what a function makes of the old value, under the lock, and gives that. Interrupted, it writes nothing. */
export const update: {
  <T extends ElementType>(
    change: (old: ElementOf<T>) => AssignableTo<T>,
  ): (self: Value<T>) => Effect.Effect<AssignableTo<T>, HandleFailure | TimeoutError>
  <T extends ElementType>(
    self: Value<T>,
    change: (old: ElementOf<T>) => AssignableTo<T>,
  ): Effect.Effect<AssignableTo<T>, HandleFailure | TimeoutError>
} = dual(
  2,
  <T extends ElementType>(
    self: Value<T>,
    change: (old: ElementOf<T>) => AssignableTo<T>,
  ): Effect.Effect<AssignableTo<T>, HandleFailure | TimeoutError> =>
    operation((signal) => self.update(change, { signal })),
)

/** The value after each change, wherever it was made; those that come together are one. */
export const changes = <T extends ElementType>(self: Value<T>): Stream.Stream<ElementOf<T>, HandleFailure> =>
  states(self.changes)
