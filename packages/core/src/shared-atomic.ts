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

  add(value: AssignableTo<E>): ElementOf<E> {
    const old = this.#of.cells.add(this.#index, value)
    this.#of.changed()
    return old as ElementOf<E>
  }

  sub(value: AssignableTo<E>): ElementOf<E> {
    const old = this.#of.cells.sub(this.#index, value)
    this.#of.changed()
    return old as ElementOf<E>
  }

  and(value: AssignableTo<E>): ElementOf<E> {
    const old = this.#of.cells.and(this.#index, value)
    this.#of.changed()
    return old as ElementOf<E>
  }

  or(value: AssignableTo<E>): ElementOf<E> {
    const old = this.#of.cells.or(this.#index, value)
    this.#of.changed()
    return old as ElementOf<E>
  }

  exchange(value: AssignableTo<E>): ElementOf<E> {
    const old = this.#of.cells.exchange(this.#index, value)
    this.#of.changed()
    return old as ElementOf<E>
  }

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

  add(index: number, value: AssignableTo<E>): ElementOf<E> {
    const old = this.#of.cells.add(this.#of.place(index), value)
    this.#of.changed()
    return old as ElementOf<E>
  }

  sub(index: number, value: AssignableTo<E>): ElementOf<E> {
    const old = this.#of.cells.sub(this.#of.place(index), value)
    this.#of.changed()
    return old as ElementOf<E>
  }

  and(index: number, value: AssignableTo<E>): ElementOf<E> {
    const old = this.#of.cells.and(this.#of.place(index), value)
    this.#of.changed()
    return old as ElementOf<E>
  }

  or(index: number, value: AssignableTo<E>): ElementOf<E> {
    const old = this.#of.cells.or(this.#of.place(index), value)
    this.#of.changed()
    return old as ElementOf<E>
  }

  exchange(index: number, value: AssignableTo<E>): ElementOf<E> {
    const old = this.#of.cells.exchange(this.#of.place(index), value)
    this.#of.changed()
    return old as ElementOf<E>
  }

  compareExchange(index: number, expected: AssignableTo<E>, value: AssignableTo<E>): ElementOf<E> {
    const old = this.#of.cells.compareExchange(this.#of.place(index), expected, value)
    this.#of.changed()
    return old as ElementOf<E>
  }
}
