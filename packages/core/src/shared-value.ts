import type { Arrival } from './base-queue.ts'
import { defineHandle, HANDLE, type HandleState } from './handle.ts'
import { type LockChoice, type LockState, lockFor, lockState } from './lock-choice.ts'
import type { InteropObservable } from './observable.ts'
import { type Place, SharedBlock } from './shared-block.ts'
import { SharedCell, withoutLock } from './shared-cell.ts'
import { changesOf } from './shared-changes.ts'
import { COPY } from './shared-copy.ts'
import { checkElements, SharedElements } from './shared-elements.ts'
import type { SharedLock, ValueLock } from './shared-lock.ts'
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

/** What `new SharedValue` takes besides its type and value. */
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
 * console.log(await total.get()) // 20
 */
export class SharedValue<E extends ElementType = ElementType> extends SharedCell<E> {
  /** @internal */
  readonly [HANDLE]: HandleState
  /** The readable name of its type. */
  readonly type: TypeName
  /** @internal */
  protected readonly elements: SharedElements
  /** @internal */
  protected readonly index = 0
  /** @internal */
  protected readonly lock: ValueLock | undefined

  /**
   * @param type a type code of Python, such as `'i'`, or a name, such as `'int32'`
   * @param initial 0, `false` or `'\0'` unless given
   * @throws TypeError at an unknown type, at a value of another one, and at a lock that is none
   */
  constructor(type: E, initial?: AssignableTo<E>, options?: SharedValueOptions, arrival?: ValueArrival) {
    super()
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
    this.elements = new SharedElements(made, name, 1)
    this.lock = lockFor(context, state, options?.lock, made, () => this[HANDLE])
    if (this.lock === undefined) withoutLock(this)
    if (arrival !== undefined) made.fetch()
    else if (initial !== undefined) this.#begin(initial)
  }

  /** Its lock: Python's `get_lock`. Not there with `lock: false`. */
  getLock(): SharedLock
  getLock<L extends ValueLock>(): L
  getLock(): ValueLock {
    return this.lock!
  }

  /** The value after each change that was made by a method or an assignment, wherever; those that come together are one. */
  get changes(): InteropObservable<ElementOf<E>> {
    return changesOf(this.elements.block, () => this.get())
  }

  /** Resolves when `value` can be used, if it ever can: at once but for one that came in a message between threads. */
  async ready(): Promise<this> {
    await this.elements.block.ready()
    return this
  }

  /** @internal For `copy`. */
  async [COPY](): Promise<SharedValue<E>> {
    const options = this.lock === undefined ? { lock: false } : undefined
    return new SharedValue<E>(this.type as E, (await this.get()) as AssignableTo<E>, options)
  }

  #begin(initial: AssignableTo<E>): void {
    if (this.elements.block.memory !== undefined) this.elements.cells.set(0, initial)
    else this.elements.block.channel.tell('cell', this.type, 'set', 0, initial)
  }
}

/** As `SharedValue` with `lock: false`: Python's `RawValue`. `value` can be assigned at any time. */
export class RawValue<E extends ElementType = ElementType> extends SharedValue<E> {
  constructor(type: E, initial?: AssignableTo<E>) {
    super(type, initial, { lock: false })
  }
}

defineHandle('shared-value', (context, id, options) => {
  const state = options as ValueState
  return new SharedValue(state.type, undefined, undefined, { context, id, state })
})
