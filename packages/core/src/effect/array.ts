import * as Effect from 'effect/Effect'
import { dual } from 'effect/Function'
import type * as Stream from 'effect/Stream'
import type { IndexError, TimeoutError } from '../errors.ts'
import { SharedArray } from '../shared-array.ts'
import type { SharedValueOptions } from '../shared-value.ts'
import type { AssignableTo, ElementOf, ElementType } from '../type-codes.ts'
import type { HandleFailure } from './failures.ts'
import { Hub } from './hub.ts'
import { states } from './observable.ts'
import { operation, question } from './operation.ts'

/** Numbers, booleans or characters that processes share: the same handle as `SharedArray` of the package itself. */
type Shared<T extends ElementType> = SharedArray<T>

export type { Shared as Array }

/** What operations on elements fail of. */
export type ArrayFailure = HandleFailure | IndexError

/**
 * Numbers, booleans or characters in memory that processes share: Python's `multiprocessing.Array`. It is there for as long
 * as somebody has it.
 *
 * @example
 * const squares = yield* Array.make('int32', [0, 1, 4, 9])
 * yield* Array.set(squares, 0, 16)
 */
export const make = <T extends ElementType>(
  type: T,
  sizeOrInitial: number | Iterable<AssignableTo<T>>,
  options?: SharedValueOptions,
): Effect.Effect<Shared<T>, never, Hub> =>
  Effect.andThen(
    Hub,
    Effect.sync(() => new SharedArray<T>(type, sizeOrInitial, options)),
  )

/** Reads an element; indexes below 0 count from the end. */
export const get: {
  (index: number): <T extends ElementType>(self: Shared<T>) => Effect.Effect<ElementOf<T>, ArrayFailure>
  <T extends ElementType>(self: Shared<T>, index: number): Effect.Effect<ElementOf<T>, ArrayFailure>
} = dual(
  2,
  <T extends ElementType>(self: Shared<T>, index: number): Effect.Effect<ElementOf<T>, ArrayFailure> =>
    question(() => self.get(index)),
)

/** Reads all elements. */
export const getAll = <T extends ElementType>(
  self: Shared<T>,
): Effect.Effect<globalThis.Array<ElementOf<T>>, HandleFailure> => question(() => self.getAll())

/** Writes an element under the lock, if there is one. */
export const set: {
  <T extends ElementType>(index: number, value: AssignableTo<T>): (self: Shared<T>) => Effect.Effect<void, ArrayFailure>
  <T extends ElementType>(self: Shared<T>, index: number, value: AssignableTo<T>): Effect.Effect<void, ArrayFailure>
} = dual(
  3,
  <T extends ElementType>(self: Shared<T>, index: number, value: AssignableTo<T>): Effect.Effect<void, ArrayFailure> =>
    operation((signal) => self.set(index, value, { signal })),
)

/** Writes elements from an index on; without the lock. */
export const setAll = <T extends ElementType>(
  self: Shared<T>,
  values: Iterable<AssignableTo<T>>,
  start = 0,
): Effect.Effect<void, HandleFailure> => question(() => self.setAll(values, start))

/** Adds to an element in one step, and gives what was there before. */
export const add: {
  <T extends ElementType>(
    index: number,
    value: AssignableTo<T>,
  ): (self: Shared<T>) => Effect.Effect<ElementOf<T>, ArrayFailure>
  <T extends ElementType>(
    self: Shared<T>,
    index: number,
    value: AssignableTo<T>,
  ): Effect.Effect<ElementOf<T>, ArrayFailure>
} = dual(
  3,
  <T extends ElementType>(
    self: Shared<T>,
    index: number,
    value: AssignableTo<T>,
  ): Effect.Effect<ElementOf<T>, ArrayFailure> => question(() => self.add(index, value)),
)

/** Writes what a function makes of an element, under the lock, and gives that. Interrupted, it writes nothing. */
export const update = <T extends ElementType>(
  self: Shared<T>,
  index: number,
  change: (old: ElementOf<T>) => AssignableTo<T>,
): Effect.Effect<AssignableTo<T>, ArrayFailure | TimeoutError> =>
  operation((signal) => self.update(index, change, { signal }))

/** All elements after each change, wherever it was made; those that come together are one. */
export const changes = <T extends ElementType>(
  self: Shared<T>,
): Stream.Stream<globalThis.Array<ElementOf<T>>, HandleFailure> => states(self.changes)
