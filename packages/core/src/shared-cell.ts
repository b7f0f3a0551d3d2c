import { ValueError } from './errors.ts'
import type { WaitOptions } from './lessee.ts'
import { AtomicValue } from './shared-atomic.ts'
import type { SharedElements } from './shared-elements.ts'
import { isHeldHere, type ValueLock } from './shared-lock.ts'
import type { AssignableTo, ElementOf, ElementType, TypeName } from './type-codes.ts'

/** One element of shared memory and what guards it: what a `SharedValue` and a field of a `SharedStruct` have in common. */
export abstract class SharedCell<E extends ElementType = ElementType> {
  /** The readable name of its type. */
  abstract readonly type: TypeName
  /** @internal */
  protected abstract readonly elements: SharedElements
  /** @internal Which of them it is. */
  protected abstract readonly index: number
  /** @internal */
  protected abstract readonly lock: ValueLock | undefined
  #atomic: AtomicValue<E> | undefined

  /**
   * Reads it at once, or writes it while this context has the lock.
   * @throws NotSharedError where the memory is not shared
   * @throws ValueError at an assignment without the lock
   */
  get value(): ElementOf<E> {
    return this.elements.cells.get(this.index) as ElementOf<E>
  }

  /** Writes it at once. @throws ValueError without the lock, if there is one */
  set value(value: AssignableTo<E>) {
    if (this.lock !== undefined && !isHeldHere(this.lock))
      throw new ValueError('to assign value takes its lock: use add(), set() or update(), or acquire getLock() before')
    this.elements.cells.set(this.index, value)
    this.elements.changed()
  }

  /** Atomic operations at once. @throws NotSharedError where the memory is not shared */
  get atomic(): AtomicValue<E> {
    this.#atomic ??= new AtomicValue(this.elements, this.index)
    return this.#atomic
  }

  /** Reads it, wherever it is. */
  get(): Promise<ElementOf<E>> {
    return this.elements.get(this.index) as Promise<ElementOf<E>>
  }

  /** Writes it under the lock, if there is one. @throws TimeoutError if that is not released in `timeout` ms */
  set(value: AssignableTo<E>, options?: WaitOptions): Promise<void> {
    if (this.lock === undefined) return this.elements.set(this.index, value)
    return this.elements.setLocked(this.index, value, this.lock, options)
  }

  /** Adds in one step and resolves with what was there before; without the lock. */
  add(value: AssignableTo<E>): Promise<ElementOf<E>> {
    return this.elements.operate('add', this.index, value) as Promise<ElementOf<E>>
  }

  /** As `add`, for a difference. */
  sub(value: AssignableTo<E>): Promise<ElementOf<E>> {
    return this.elements.operate('sub', this.index, value) as Promise<ElementOf<E>>
  }

  /** As `add`, for the bits that both have. */
  and(value: AssignableTo<E>): Promise<ElementOf<E>> {
    return this.elements.operate('and', this.index, value) as Promise<ElementOf<E>>
  }

  /** As `add`, for the bits that either has. */
  or(value: AssignableTo<E>): Promise<ElementOf<E>> {
    return this.elements.operate('or', this.index, value) as Promise<ElementOf<E>>
  }

  /** Writes it in one step, and resolves with what was there before. */
  exchange(value: AssignableTo<E>): Promise<ElementOf<E>> {
    return this.elements.operate('exchange', this.index, value) as Promise<ElementOf<E>>
  }

  /** Writes `value` if `expected` is there; resolves with what was there. */
  compareExchange(expected: AssignableTo<E>, value: AssignableTo<E>): Promise<ElementOf<E>> {
    return this.elements.operate('compareExchange', this.index, expected, value) as Promise<ElementOf<E>>
  }

  /**
   * Writes what `fn` makes of the old value, under the lock, and resolves with that. `fn` may be called again if somebody
   * changed the value meanwhile without the lock. Not there with `lock: false`.
   *
   * @param options until when all of that has to be done; if it is late, the value stays as it is
   * @throws TimeoutError after `timeout` ms
   * @example
   * const most = new SharedValue('float64', 1.5)
   * await most.update((old) => Math.max(old, 2.5))
   */
  update(
    fn: (old: ElementOf<E>) => AssignableTo<E> | Promise<AssignableTo<E>>,
    options?: WaitOptions,
  ): Promise<AssignableTo<E>> {
    const replace = fn as (old: never) => unknown
    return this.elements.update(this.index, replace, this.lock!, options) as Promise<AssignableTo<E>>
  }
}

/** What has no lock has no methods for one, as in Python. */
export function withoutLock(value: object): void {
  for (const name of ['getLock', 'update']) Object.defineProperty(value, name, { value: undefined })
}
