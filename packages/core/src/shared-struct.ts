import type { Arrival } from './base-queue.ts'
import { Deadline } from './deadline.ts'
import { defineHandle, HANDLE, type HandleState } from './handle.ts'
import type { WaitOptions } from './lessee.ts'
import { type LockState, lockFor, lockState } from './lock-choice.ts'
import type { InteropObservable } from './observable.ts'
import { type Place, SharedBlock } from './shared-block.ts'
import { SharedCell, withoutLock } from './shared-cell.ts'
import { cellsOver } from './shared-cells.ts'
import { changesOf } from './shared-changes.ts'
import { COPY } from './shared-copy.ts'
import { checkElements, SharedElements, underLock } from './shared-elements.ts'
import type { SharedLock, ValueLock } from './shared-lock.ts'
import type { SharedValueOptions } from './shared-value.ts'
import { type FieldPlace, type StructFields, StructLayout, type StructOf, type StructUpdate } from './struct-layout.ts'
import { type ElementType, SIZES, type TypeName } from './type-codes.ts'

/** What travels of a struct. */
interface StructState {
  readonly fields: ReadonlyArray<readonly [name: string, type: TypeName]>
  readonly place: Place | null
  readonly lock: LockState
}

/** Where a struct comes from that this context did not make. */
interface StructArrival extends Arrival {
  readonly state: StructState
}

/**
 * Several values of different types that belong together, in memory that all processes share, under one lock: Python's
 * `multiprocessing.Value` of a `ctypes.Structure`.
 *
 * `get`, `set` and `update` are for all of it, under the lock; `fields` has each by itself, with what a `SharedValue` has.
 *
 * @example
 * const point = new SharedStruct({ x: 'int32', y: 'float64' }, { x: 3, y: 2 })
 * await point.update(({ x, y }) => ({ x: x * 2, y: y * 2 }))
 * await point.fields.x.add(1)
 * console.log(await point.get()) // { x: 7, y: 4 }
 */
export class SharedStruct<F extends StructFields = StructFields> {
  /** @internal */
  readonly [HANDLE]: HandleState
  /** Each field, by its name. */
  readonly fields: { readonly [Name in keyof F]: SharedField<F[Name]> }
  readonly #block: SharedBlock
  readonly #layout: StructLayout
  readonly #lock: ValueLock | undefined

  /**
   * @param fields their names and types, in the order in which they lie in memory
   * @param initial 0, `false` or `'\0'` where nothing is given
   * @throws TypeError at an unknown type or field, at a value of another type, and at a lock that is none
   */
  constructor(fields: F, initial?: StructUpdate<F>, options?: SharedValueOptions)
  /** @internal */
  constructor(fields: F, initial: undefined, options: undefined, arrival: StructArrival)
  constructor(fields: F, initial?: StructUpdate<F>, options?: SharedValueOptions, arrival?: StructArrival) {
    const layout = new StructLayout(Object.entries(fields))
    const values = checkedValues(layout, initial ?? {})
    const state = arrival?.state.lock ?? lockState(options?.lock)
    const holds = typeof state === 'string' ? [] : [state.id]
    const block = { kind: 'shared-struct', size: layout.size, locked: state === 'own', holds }
    const made =
      arrival === undefined
        ? SharedBlock.make(this, block)
        : SharedBlock.arrived(this, arrival, block, arrival.state.place ?? undefined)
    const types = [...layout.places].map(([name, { type }]) => [name, type] as const)
    const travels: StructState = { fields: types, place: made.place ?? null, lock: state }
    this[HANDLE] = { kind: 'shared-struct', id: made.id, options: travels }
    this.#block = made
    this.#layout = layout
    this.#lock = lockFor(made.context, state, options?.lock, made, () => this[HANDLE])
    this.fields = this.#makeFields() as typeof this.fields
    if (this.#lock === undefined) withoutLock(this)
    if (arrival !== undefined) made.fetch()
    else this.#write(values).catch(() => {})
  }

  /**
   * All fields at once, each as it is when it is reached: of one moment while this process has the lock. The object is a
   * copy and frozen: write to `fields`.
   * @throws NotSharedError where the memory is not shared
   */
  get value(): Readonly<StructOf<F>> {
    return Object.freeze(this.#read(this.#block.here().buffer))
  }

  /**
   * Reads all fields under the lock, if there is one, wherever they are.
   * @throws TimeoutError if the lock is not released in `timeout` ms
   */
  get(options?: WaitOptions): Promise<StructOf<F>> {
    return underLock(this.#lock, () => this.#readAnywhere(), this.#deadline('get', options))
  }

  /**
   * Writes the fields that are given, under the lock, if there is one.
   * @throws TypeError at an unknown field or a value of another type; nothing is written then
   * @throws TimeoutError if the lock is not released in `timeout` ms
   */
  async set(values: StructUpdate<F>, options?: WaitOptions): Promise<void> {
    const checked = checkedValues(this.#layout, values)
    await underLock(this.#lock, () => this.#write(checked), this.#deadline('set', options))
  }

  /**
   * Writes what `fn` makes of the old values, under the lock, and resolves with all that is there then. A field that `fn`
   * leaves out, or as it was, is not written; what somebody adds to another meanwhile without the lock is overwritten. Not
   * there with `lock: false`.
   *
   * @param options until when all of that has to be done; if it is late, nothing is written
   * @throws TypeError at an unknown field or a value of another type; nothing is written then
   * @throws TimeoutError after `timeout` ms
   */
  async update(
    fn: (old: StructOf<F>) => StructUpdate<F> | Promise<StructUpdate<F>>,
    options?: WaitOptions,
  ): Promise<StructOf<F>> {
    const deadline = this.#deadline('update', options)
    const replace = async () => {
      const old = await this.#readAnywhere()
      const values = checkedValues(this.#layout, await deadline.during(() => fn({ ...old })))
      deadline.check()
      await this.#write(new Map([...values].filter(([name, value]) => !Object.is(value, old[name]))))
      return this.#readAnywhere()
    }
    return underLock(this.#lock, replace, deadline)
  }

  /** Its lock, which that of each field is: Python's `get_lock`. Not there with `lock: false`. */
  getLock(): SharedLock
  getLock<L extends ValueLock>(): L
  getLock(): ValueLock {
    return this.#lock!
  }

  /** All fields after each change that was made by a method or an assignment, wherever; those that come together are one. */
  get changes(): InteropObservable<StructOf<F>> {
    return changesOf(this.#block, () => this.get())
  }

  /** Resolves when `value` can be used, if it ever can: at once but for one that came in a message between threads. */
  async ready(): Promise<this> {
    await this.#block.ready()
    return this
  }

  /** @internal For `copy`. */
  async [COPY](): Promise<SharedStruct<F>> {
    const fields = Object.fromEntries([...this.#layout.places].map(([name, { type }]) => [name, type])) as F
    const options = this.#lock === undefined ? { lock: false } : undefined
    return new SharedStruct<F>(fields, (await this.get()) as StructUpdate<F>, options)
  }

  #deadline(operation: string, options: WaitOptions | undefined): Deadline {
    return new Deadline(this.#block.context.clock, operation, this.#block.channel, options)
  }

  #makeFields(): Readonly<Record<string, SharedField>> {
    const elements = new Map<TypeName, SharedElements>()
    const made = [...this.#layout.places].map(([name, place]) => {
      const { type } = place
      const ofType = elements.get(type) ?? new SharedElements(this.#block, type, this.#layout.size / SIZES[type])
      elements.set(type, ofType)
      return [name, new SharedField(ofType, place, this.#lock)] as const
    })
    return Object.freeze(Object.fromEntries(made))
  }

  async #readAnywhere(): Promise<StructOf<F>> {
    return this.#read((await this.#block.read(0, this.#layout.size)).buffer)
  }

  #read(buffer: ArrayBufferLike): StructOf<F> {
    const values = [...this.#layout.places].map(([name, { type, index }]) => {
      const cells = cellsOver(type, buffer, this.#layout.size / SIZES[type])
      return [name, cells.get(index)] as const
    })
    return Object.fromEntries(values) as StructOf<F>
  }

  async #write(values: ReadonlyMap<string, unknown>): Promise<void> {
    await Promise.all([...values].map(([name, value]) => this.fields[name]!.write(value)))
  }
}

/** A field of a struct: one value, which has the lock of the struct. */
export class SharedField<E extends ElementType = ElementType> extends SharedCell<E> {
  readonly type: TypeName
  /** @internal */
  protected readonly elements: SharedElements
  /** @internal */
  protected readonly index: number
  /** @internal */
  protected readonly lock: ValueLock | undefined

  /** @internal */
  constructor(elements: SharedElements, { type, index }: FieldPlace, lock: ValueLock | undefined) {
    super()
    this.type = type
    this.elements = elements
    this.index = index
    this.lock = lock
    if (lock === undefined) withoutLock(this)
  }

  /** @internal Without the lock. */
  write(value: unknown): Promise<void> {
    return this.elements.set(this.index, value)
  }
}

function checkedValues(layout: StructLayout, values: Readonly<Record<string, unknown>>): ReadonlyMap<string, unknown> {
  if (typeof values !== 'object' || values === null)
    throw new TypeError(`fields of the struct were expected, such as { x: 1 }, not ${String(values)}`)
  const given = new Map(Object.entries(values).filter(([, value]) => value !== undefined))
  for (const [name, value] of given) checkElements(layout.place(name).type, [value])
  return given
}

defineHandle('shared-struct', (context, id, options) => {
  const state = options as StructState
  return new SharedStruct(Object.fromEntries(state.fields), undefined, undefined, { context, id, state })
})
