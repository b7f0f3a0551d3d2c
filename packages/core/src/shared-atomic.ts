import type { SharedElements } from './shared-elements.ts'
import type { AssignableTo, ElementOf, ElementType } from './type-codes.ts'

/**
 * What can be done to a shared value at once, so that nobody comes between; each returns what was there before. Only
 * where the memory is shared.
 *
 * @example
 * const count = new SharedValue('int32', 0)
 * count.atomic.add(1)
 */
export class AtomicValue<E extends ElementType> {
  readonly #of: SharedElements
  readonly #index: number

  /** @internal */
  constructor(of: SharedElements, index: number) {
    this.#of = of
    this.#index = index
  }

  /** Adds and returns what was there before. @throws NotSharedError where the memory is not shared */
  add(value: AssignableTo<E>): ElementOf<E> {
    const old = this.#of.cells.add(this.#index, value)
    this.#of.changed()
    return old as ElementOf<E>
  }

  /** Subtracts and returns what was there before. @throws NotSharedError where the memory is not shared */
  sub(value: AssignableTo<E>): ElementOf<E> {
    const old = this.#of.cells.sub(this.#index, value)
    this.#of.changed()
    return old as ElementOf<E>
  }

  /** Keeps the bits that both have and returns what was there before. @throws NotSharedError where the memory is not shared */
  and(value: AssignableTo<E>): ElementOf<E> {
    const old = this.#of.cells.and(this.#index, value)
    this.#of.changed()
    return old as ElementOf<E>
  }

  /** Sets the bits that either has and returns what was there before. @throws NotSharedError where the memory is not shared */
  or(value: AssignableTo<E>): ElementOf<E> {
    const old = this.#of.cells.or(this.#index, value)
    this.#of.changed()
    return old as ElementOf<E>
  }

  /** Writes and returns what was there before. @throws NotSharedError where the memory is not shared */
  exchange(value: AssignableTo<E>): ElementOf<E> {
    const old = this.#of.cells.exchange(this.#index, value)
    this.#of.changed()
    return old as ElementOf<E>
  }

  /** Writes `value` if `expected` is there and returns what was there before. @throws NotSharedError where the memory is not shared */
  compareExchange(expected: AssignableTo<E>, value: AssignableTo<E>): ElementOf<E> {
    const old = this.#of.cells.compareExchange(this.#index, expected, value)
    this.#of.changed()
    return old as ElementOf<E>
  }
}

/** The same for the elements of a shared array, each by its index. */
export class AtomicArray<E extends ElementType> {
  readonly #of: SharedElements

  /** @internal */
  constructor(of: SharedElements) {
    this.#of = of
  }

  /** As that of AtomicValue, for one element. @throws IndexError if there is none, NotSharedError as there */
  add(index: number, value: AssignableTo<E>): ElementOf<E> {
    const old = this.#of.cells.add(this.#of.place(index), value)
    this.#of.changed()
    return old as ElementOf<E>
  }

  /** As that of AtomicValue, for one element. @throws IndexError if there is none, NotSharedError as there */
  sub(index: number, value: AssignableTo<E>): ElementOf<E> {
    const old = this.#of.cells.sub(this.#of.place(index), value)
    this.#of.changed()
    return old as ElementOf<E>
  }

  /** As that of AtomicValue, for one element. @throws IndexError if there is none, NotSharedError as there */
  and(index: number, value: AssignableTo<E>): ElementOf<E> {
    const old = this.#of.cells.and(this.#of.place(index), value)
    this.#of.changed()
    return old as ElementOf<E>
  }

  /** As that of AtomicValue, for one element. @throws IndexError if there is none, NotSharedError as there */
  or(index: number, value: AssignableTo<E>): ElementOf<E> {
    const old = this.#of.cells.or(this.#of.place(index), value)
    this.#of.changed()
    return old as ElementOf<E>
  }

  /** As that of AtomicValue, for one element. @throws IndexError if there is none, NotSharedError as there */
  exchange(index: number, value: AssignableTo<E>): ElementOf<E> {
    const old = this.#of.cells.exchange(this.#of.place(index), value)
    this.#of.changed()
    return old as ElementOf<E>
  }

  /** As that of AtomicValue, for one element. @throws IndexError if there is none, NotSharedError as there */
  compareExchange(index: number, expected: AssignableTo<E>, value: AssignableTo<E>): ElementOf<E> {
    const old = this.#of.cells.compareExchange(this.#of.place(index), expected, value)
    this.#of.changed()
    return old as ElementOf<E>
  }
}
