import type { Arrival } from './base-queue.ts'
import { ValueError } from './errors.ts'
import { defineHandle, HANDLE, type HandleState } from './handle.ts'
import { type LockChoice, type LockState, lockFor, lockState } from './lock-choice.ts'
import type { InteropObservable } from './observable.ts'
import { AtomicValue } from './shared-atomic.ts'
import { type Place, SharedBlock } from './shared-block.ts'
import { changesOf } from './shared-changes.ts'
import { checkElements, SharedElements } from './shared-elements.ts'
import { SharedLock, type ValueLock } from './shared-lock.ts'
import { type AssignableTo, type ElementOf, type ElementType, SIZES, type TypeName, typeName } from './type-codes.ts'

/** What travels of a value. */
interface ValueState {
  readonly type: TypeName
  readonly place: Place | null
  readonly lock: LockState
}

/** Where a value comes from that this context did not make. */
interface ValueArrival extends Arrival {
  readonly state: ValueState
}

export interface SharedValueOptions {
  /** `false`: none, as Python's `RawValue`; a lock: that one; otherwise one of its own. */
  readonly lock?: LockChoice
}

/**
 * One number, boolean or character in memory that all processes share: Python's `multiprocessing.Value`.
 *
 * `value` reads at once where the memory is shared, and throws `NotSharedError` elsewhere; methods that return promises
 * work everywhere. To assign `value` takes the lock, so that `value.value += 1` cannot lose what others add: `add`,
 * `atomic` and `update` are for that.
 *
 * Integers beyond the range of their type wrap, as those of Python's `ctypes` do; 64-bit ones are BigInts.
 *
 * @example
 * const total = new SharedValue('int32', 7)
 * await total.add(3)
 * await total.update((old) => old * 2)
 * console.log(await total.get())
 */
export class SharedValue<E extends ElementType = ElementType> {
  /** @internal */
  readonly [HANDLE]: HandleState
  /** The readable name of its type. */
  readonly type: TypeName
  readonly #elements: SharedElements
  readonly #lock: ValueLock | undefined
  #atomic: AtomicValue<E> | undefined

  /**
   * @param type a type code of Python, such as `'i'`, or a name, such as `'int32'`
   * @param initial 0, `false` or `'\0'` unless given
   * @throws TypeError at an unknown type, at a value of another one, and at a lock that is none
   */
  constructor(type: E, initial?: AssignableTo<E>, options?: SharedValueOptions, arrival?: ValueArrival) {
    const name = typeName(type)
    if (initial !== undefined) checkElements(name, [initial])
    const state = arrival?.state.lock ?? lockState(options?.lock)
    const locked = state === 'own'
    const holds = typeof state === 'string' ? [] : [state.id]
    const block = { kind: 'shared-value', size: SIZES[name], locked, holds }
    const made =
      arrival === undefined
        ? SharedBlock.make(this, block)
        : SharedBlock.arrived(this, arrival, block, arrival.state.place ?? undefined)
    const { context, id, place } = made
    const travels: ValueState = { type: name, place: place ?? null, lock: state }
    this[HANDLE] = { kind: 'shared-value', id, options: travels }
    this.type = name
    this.#elements = new SharedElements(made, name, 1)
    this.#lock = lockFor(context, state, options?.lock, made, () => this[HANDLE])
    if (this.#lock === undefined) withoutLock(this)
    if (arrival !== undefined) made.fetch()
    else if (initial !== undefined) this.#begin(initial)
  }

  /**
   * Reads it at once, or writes it while this context has the lock.
   * @throws NotSharedError where the memory is not shared
   * @throws ValueError at an assignment without the lock
   */
  get value(): ElementOf<E> {
    return this.#elements.cells.get(0) as ElementOf<E>
  }

  set value(value: AssignableTo<E>) {
    const lock = this.#lock
    if (lock !== undefined && !(lock instanceof SharedLock && lock.held))
      throw new ValueError('to assign value takes its lock: use add(), set() or update(), or acquire getLock() before')
    this.#elements.cells.set(0, value)
    this.#elements.changed()
  }

  /** Atomic operations at once. @throws NotSharedError where the memory is not shared */
  get atomic(): AtomicValue<E> {
    this.#atomic ??= new AtomicValue(this.#elements)
    return this.#atomic
  }

  /** Reads it, wherever it is. */
  get(): Promise<ElementOf<E>> {
    return this.#elements.get(0) as Promise<ElementOf<E>>
  }

  /** Writes it under the lock, if there is one. */
  set(value: AssignableTo<E>): Promise<void> {
    if (this.#lock === undefined) return this.#elements.set(0, value)
    return this.#elements.setLocked(0, value, this.#lock)
  }

  /** Adds in one step and resolves with what was there before; without the lock. */
  add(value: AssignableTo<E>): Promise<ElementOf<E>> {
    return this.#elements.operate('add', 0, value) as Promise<ElementOf<E>>
  }

  /** As `add`, for a difference. */
  sub(value: AssignableTo<E>): Promise<ElementOf<E>> {
    return this.#elements.operate('sub', 0, value) as Promise<ElementOf<E>>
  }

  /** As `add`, for the bits that both have. */
  and(value: AssignableTo<E>): Promise<ElementOf<E>> {
    return this.#elements.operate('and', 0, value) as Promise<ElementOf<E>>
  }

  /** As `add`, for the bits that either has. */
  or(value: AssignableTo<E>): Promise<ElementOf<E>> {
    return this.#elements.operate('or', 0, value) as Promise<ElementOf<E>>
  }

  /** Writes it in one step, and resolves with what was there before. */
  exchange(value: AssignableTo<E>): Promise<ElementOf<E>> {
    return this.#elements.operate('exchange', 0, value) as Promise<ElementOf<E>>
  }

  /** Writes `value` if `expected` is there; resolves with what was there. */
  compareExchange(expected: AssignableTo<E>, value: AssignableTo<E>): Promise<ElementOf<E>> {
    return this.#elements.operate('compareExchange', 0, expected, value) as Promise<ElementOf<E>>
  }

  /**
   * Writes what `fn` makes of the old value, under the lock, and resolves with that. `fn` may be called again if somebody
   * changed the value meanwhile without the lock. Not there with `lock: false`.
   *
   * @example
   * const most = new SharedValue('float64', 1.5)
   * await most.update((old) => Math.max(old, 2.5))
   */
  update(fn: (old: ElementOf<E>) => AssignableTo<E> | Promise<AssignableTo<E>>): Promise<AssignableTo<E>> {
    return this.#elements.update(0, fn as (old: never) => unknown, this.#lock!) as Promise<AssignableTo<E>>
  }

  /** Its lock: Python's `get_lock`. Not there with `lock: false`. */
  getLock(): SharedLock
  getLock<L extends ValueLock>(): L
  getLock(): ValueLock {
    return this.#lock!
  }

  /** The value after each change that was made by a method or an assignment, wherever; those that come together are one. */
  get changes(): InteropObservable<ElementOf<E>> {
    return changesOf(this.#elements.block, () => this.get())
  }

  /** Resolves when `value` can be used, if it ever can: at once but for one that came in a message between threads. */
  async ready(): Promise<this> {
    await this.#elements.block.ready()
    return this
  }

  #begin(initial: AssignableTo<E>): void {
    if (this.#elements.block.memory !== undefined) this.#elements.cells.set(0, initial)
    else this.#elements.block.channel.tell('cell', this.type, 'set', 0, initial)
  }
}

/** As `SharedValue` with `lock: false`: Python's `RawValue`. `value` can be assigned at any time. */
export class RawValue<E extends ElementType = ElementType> extends SharedValue<E> {
  constructor(type: E, initial?: AssignableTo<E>) {
    super(type, initial, { lock: false })
  }
}

/** What has no lock has no methods for one, as in Python. */
export function withoutLock(value: object): void {
  for (const name of ['getLock', 'update']) Object.defineProperty(value, name, { value: undefined })
}

defineHandle('shared-value', (context, id, options) => {
  const state = options as ValueState
  return new SharedValue(state.type, undefined, undefined, { context, id, state })
})
