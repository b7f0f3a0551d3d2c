import type { Arrival } from './base-queue.ts'
import { ValueError } from './errors.ts'
import { defineHandle, HANDLE, type HandleState } from './handle.ts'
import type { WaitOptions } from './lessee.ts'
import { type LockState, lockFor, lockState } from './lock-choice.ts'
import type { InteropObservable } from './observable.ts'
import { AtomicArray } from './shared-atomic.ts'
import { type Place, SharedBlock } from './shared-block.ts'
import { withoutLock } from './shared-cell.ts'
import { cellsOver } from './shared-cells.ts'
import { changesOf } from './shared-changes.ts'
import { COPY } from './shared-copy.ts'
import { checkElements, SharedElements, underLock } from './shared-elements.ts'
import type { SharedLock, ValueLock } from './shared-lock.ts'
import type { SharedValueOptions } from './shared-value.ts'
import {
  type AssignableTo,
  type ElementOf,
  type ElementType,
  type NameOf,
  SIZES,
  type TypeName,
  typeName,
  type ViewOf,
} from './type-codes.ts'

/** What travels of an array. */
interface ArrayState {
  readonly type: TypeName
  readonly length: number
  readonly place: Place | null
  readonly lock: LockState
}

/** Where an array comes from that this context did not make. */
interface ArrayArrival extends Arrival {
  readonly state: ArrayState
}

/**
 * Numbers, booleans or characters in memory that all processes share: Python's `multiprocessing.Array`.
 *
 * `view`, `at` and all that returns no promise need memory that is shared, and throw `NotSharedError` elsewhere; `get`,
 * `getAll`, `set`, `setAll`, the atomic methods and `update` work everywhere. Indexes below 0 count from the end.
 *
 * @example
 * const squares = new SharedArray('int32', [0, 1, 4, 9])
 * await squares.set(0, 16)
 * console.log(squares.at(-1), squares.view[0]) // 9 16
 */
export class SharedArray<E extends ElementType = ElementType> implements Iterable<ElementOf<E>> {
  /** @internal */
  readonly [HANDLE]: HandleState
  /** The readable name of the type of its elements. */
  readonly type: TypeName
  /** Elements. */
  readonly length: number
  readonly #elements: SharedElements
  readonly #lock: ValueLock | undefined
  #atomic: AtomicArray<E> | undefined

  /**
   * @param type a type code of Python, such as `'d'`, or a name, such as `'float64'`
   * @param sizeOrInitial how many elements, all of them 0, or what they are
   * @throws TypeError at an unknown type, at values of another one, and at a lock that is none
   * @throws ValueError at a negative length, and where there is no room
   */
  constructor(
    type: E,
    sizeOrInitial: number | Iterable<AssignableTo<E>>,
    options?: SharedValueOptions,
    arrival?: ArrayArrival,
  ) {
    const name = typeName(type)
    const initial = typeof sizeOrInitial === 'number' ? undefined : [...sizeOrInitial]
    const length = initial === undefined ? checkedLength(sizeOrInitial) : initial.length
    if (initial !== undefined) checkElements(name, initial)
    const state = arrival?.state.lock ?? lockState(options?.lock)
    const holds = typeof state === 'string' ? [] : [state.id]
    // Even an empty one has a place.
    const size = Math.max(length * SIZES[name], 1)
    const block = { kind: 'shared-array', size, locked: state === 'own', holds }
    const made =
      arrival === undefined
        ? SharedBlock.make(this, block)
        : SharedBlock.arrived(this, arrival, block, arrival.state.place ?? undefined)
    const travels: ArrayState = { type: name, length, place: made.place ?? null, lock: state }
    this[HANDLE] = { kind: 'shared-array', id: made.id, options: travels }
    this.type = name
    this.length = length
    this.#elements = new SharedElements(made, name, length)
    this.#lock = lockFor(made.context, state, options?.lock, made, () => this[HANDLE])
    if (this.#lock === undefined) withoutLock(this)
    if (arrival !== undefined) made.fetch()
    else if (initial !== undefined) this.#write(0, initial).catch(() => {})
  }

  /**
   * The typed array itself, for indexed access: what is written here is in no `changes` and takes no lock. Characters and
   * booleans are bytes.
   * @throws NotSharedError where the memory is not shared
   */
  get view(): ViewOf<E> {
    return this.#elements.cells.view as ViewOf<E>
  }

  /** Reads an element at once. @throws IndexError beyond the end @throws NotSharedError */
  at(index: number): ElementOf<E> {
    return this.#elements.cells.get(this.#elements.place(index)) as ElementOf<E>
  }

  /** A copy of the elements from `start` to `end`: Python's `a[start:end]`. @throws NotSharedError */
  slice(start?: number, end?: number): Array<ElementOf<E>> {
    const { cells } = this.#elements
    return [...Array(this.length).keys()].slice(start, end).map((index) => cells.get(index) as ElementOf<E>)
  }

  /** All elements, as they are when each is reached. @throws NotSharedError */
  *[Symbol.iterator](): IterableIterator<ElementOf<E>> {
    const { cells } = this.#elements
    for (let index = 0; index < this.length; index++) yield cells.get(index) as ElementOf<E>
  }

  /** Atomic operations at once. @throws NotSharedError where the memory is not shared */
  get atomic(): AtomicArray<E> {
    this.#atomic ??= new AtomicArray(this.#elements)
    return this.#atomic
  }

  /** Reads an element, wherever it is. @throws IndexError beyond the end */
  async get(index: number): Promise<ElementOf<E>> {
    return (await this.#elements.get(this.#elements.place(index))) as ElementOf<E>
  }

  /** Reads all elements, wherever they are. */
  async getAll(): Promise<Array<ElementOf<E>>> {
    const bytes = await this.#elements.block.read(0, this.length * SIZES[this.type])
    const cells = cellsOver(this.type, bytes.buffer, this.length)
    return Array.from({ length: this.length }, (_, index) => cells.get(index) as ElementOf<E>)
  }

  /**
   * Writes an element under the lock, if there is one.
   * @throws IndexError beyond the end
   * @throws TimeoutError if the lock is not released in `timeout` ms
   */
  async set(index: number, value: AssignableTo<E>, options?: WaitOptions): Promise<void> {
    const place = this.#elements.place(index)
    if (this.#lock === undefined) await this.#elements.set(place, value)
    else await this.#elements.setLocked(place, value, this.#lock, options)
  }

  /**
   * Writes elements, the first one to `start`: Python's `a[start:start + n] = values`. Not in one step: under `getLock()`
   * it is one for all who take that.
   * @throws ValueError if they do not fit
   */
  async setAll(values: Iterable<AssignableTo<E>>, start = 0): Promise<void> {
    const list = [...values]
    if (!(start >= 0 && start + list.length <= this.length))
      throw new ValueError(`${list.length} values from index ${start} on do not fit ${this.length} elements`)
    checkElements(this.type, list)
    await this.#write(start, list)
  }

  /** Writes the same to all elements. */
  async fill(value: AssignableTo<E>): Promise<void> {
    await this.setAll(Array<AssignableTo<E>>(this.length).fill(value))
  }

  /** Adds in one step and resolves with what was there before; without the lock. */
  async add(index: number, value: AssignableTo<E>): Promise<ElementOf<E>> {
    return (await this.#elements.operate('add', this.#elements.place(index), value)) as ElementOf<E>
  }

  /** As `add`, for a difference. */
  async sub(index: number, value: AssignableTo<E>): Promise<ElementOf<E>> {
    return (await this.#elements.operate('sub', this.#elements.place(index), value)) as ElementOf<E>
  }

  /** As `add`, for the bits that both have. */
  async and(index: number, value: AssignableTo<E>): Promise<ElementOf<E>> {
    return (await this.#elements.operate('and', this.#elements.place(index), value)) as ElementOf<E>
  }

  /** As `add`, for the bits that either has. */
  async or(index: number, value: AssignableTo<E>): Promise<ElementOf<E>> {
    return (await this.#elements.operate('or', this.#elements.place(index), value)) as ElementOf<E>
  }

  /** Writes an element in one step, and resolves with what was there before. */
  async exchange(index: number, value: AssignableTo<E>): Promise<ElementOf<E>> {
    return (await this.#elements.operate('exchange', this.#elements.place(index), value)) as ElementOf<E>
  }

  /** Writes `value` if `expected` is there; resolves with what was there. */
  async compareExchange(index: number, expected: AssignableTo<E>, value: AssignableTo<E>): Promise<ElementOf<E>> {
    const place = this.#elements.place(index)
    return (await this.#elements.operate('compareExchange', place, expected, value)) as ElementOf<E>
  }

  /** As `update` of a `SharedValue`, for one element. Not there with `lock: false`. */
  async update(
    index: number,
    fn: (old: ElementOf<E>) => AssignableTo<E> | Promise<AssignableTo<E>>,
    options?: WaitOptions,
  ): Promise<AssignableTo<E>> {
    const place = this.#elements.place(index)
    const replace = fn as (old: never) => unknown
    return (await this.#elements.update(place, replace, this.#lock!, options)) as AssignableTo<E>
  }

  /** Its lock: Python's `get_lock`. Not there with `lock: false`. */
  getLock(): SharedLock
  getLock<L extends ValueLock>(): L
  getLock(): ValueLock {
    return this.#lock!
  }

  /** The characters up to the first `'\0'`: Python's `value` of an array of `c` or `u`. @throws NotSharedError */
  get value(): TextOf<E> {
    this.#checkText('value')
    return textIn([...this]) as TextOf<E>
  }

  /** As `value`, wherever they are. */
  async getValue(): Promise<TextOf<E>> {
    this.#checkText('getValue')
    return textIn(await this.getAll()) as TextOf<E>
  }

  /** Writes the characters, and `'\0'` behind them if there is room. @throws ValueError if they do not fit */
  async setValue(text: TextOf<E>): Promise<void> {
    this.#checkText('setValue')
    const characters = [...text]
    await this.setAll((characters.length < this.length ? [...characters, '\0'] : characters) as Array<AssignableTo<E>>)
  }

  /** All elements after each change that was made by a method, wherever; those that come together are one. */
  get changes(): InteropObservable<Array<ElementOf<E>>> {
    return changesOf(this.#elements.block, () => this.getAll())
  }

  /** Resolves when `view` can be used, if it ever can: at once but for one that came in a message between threads. */
  async ready(): Promise<this> {
    await this.#elements.block.ready()
    return this
  }

  /** @internal For `copy`. */
  [COPY](): Promise<SharedArray<E>> {
    const options = this.#lock === undefined ? { lock: false } : undefined
    return underLock(this.#lock, async () => {
      const elements = (await this.getAll()) as Array<AssignableTo<E>>
      return new SharedArray<E>(this.type as E, elements, options)
    })
  }

  #checkText(method: string): void {
    if (this.type !== 'char' && this.type !== 'wchar')
      throw new TypeError(`${method} is for arrays of char and wchar; this one is of ${this.type}`)
  }

  #write(start: number, values: readonly unknown[]): Promise<void> {
    const cells = cellsOver(this.type, new ArrayBuffer(values.length * SIZES[this.type]), values.length)
    for (const [index, value] of values.entries()) cells.set(index, value)
    const { buffer, byteOffset, byteLength } = cells.view
    return this.#elements.block.write(start * SIZES[this.type], new Uint8Array(buffer, byteOffset, byteLength))
  }
}

/** As `SharedArray` with `lock: false`: Python's `RawArray`. */
export class RawArray<E extends ElementType = ElementType> extends SharedArray<E> {
  constructor(type: E, sizeOrInitial: number | Iterable<AssignableTo<E>>) {
    super(type, sizeOrInitial, { lock: false })
  }
}

/** The text in an array of characters. */
type TextOf<E extends ElementType> = NameOf<E> extends 'char' | 'wchar' ? string : never

function textIn(characters: readonly unknown[]): string {
  const end = characters.indexOf('\0')
  return (end < 0 ? characters : characters.slice(0, end)).join('')
}

function checkedLength(length: unknown): number {
  if (!Number.isSafeInteger(length)) throw new TypeError(`the length of an array is an integer, not ${String(length)}`)
  if ((length as number) < 0) throw new ValueError(`an array has no ${String(length)} elements`)
  return length as number
}

defineHandle('shared-array', (context, id, options) => {
  const state = options as ArrayState
  return new SharedArray(state.type, state.length, undefined, { context, id, state })
})
