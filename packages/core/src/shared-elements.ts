import { Deadline } from './deadline.ts'
import { IndexError } from './errors.ts'
import type { WaitOptions } from './lessee.ts'
import { WATCHERS } from './primitives/lock-word.ts'
import type { SharedBlock } from './shared-block.ts'
import { type Cells, cellsOver, type Operation } from './shared-cells.ts'
import { isHeldHere, SharedLock, type ValueLock } from './shared-lock.ts'
import { SIZES, type TypeName } from './type-codes.ts'

/** The elements of one block: done at once where it is shared, at the hub elsewhere. */
export class SharedElements {
  readonly type: TypeName
  readonly length: number
  readonly block: SharedBlock
  #cells: Cells | undefined
  #header: Int32Array | undefined

  constructor(block: SharedBlock, type: TypeName, length: number) {
    this.block = block
    this.type = type
    this.length = length
  }

  /** @throws NotSharedError where the memory is not shared */
  get cells(): Cells {
    if (this.#cells === undefined) {
      const { header, buffer } = this.block.here()
      this.#header = header
      this.#cells = cellsOver(this.type, buffer, this.length)
    }
    return this.#cells
  }

  /** An index from the end, if it is negative, as one from the beginning. @throws IndexError beyond */
  place(index: number): number {
    const place = index < 0 ? index + this.length : index
    if (place >= 0 && place < this.length && Number.isInteger(place)) return place
    throw new IndexError(`index ${index} of ${this.length} elements`)
  }

  /** Something was written. */
  changed(): void {
    if (this.#header === undefined || this.#header[WATCHERS] !== 0) this.block.changed()
  }

  async get(index: number): Promise<unknown> {
    return this.block.memory === undefined ? this.#ask('get', index) : this.cells.get(index)
  }

  async set(index: number, value: unknown): Promise<void> {
    if (this.block.memory === undefined) return void (await this.#ask('set', index, value))
    this.cells.set(index, value)
    this.changed()
  }

  async operate(operation: Operation, index: number, value: unknown, last?: unknown): Promise<unknown> {
    if (this.block.memory === undefined) return this.#ask(operation, index, value, last)
    const old = this.cells[operation](index, value, last)
    this.changed()
    return old
  }

  /** Sets an element while this context has the lock. */
  setLocked(index: number, value: unknown, lock: ValueLock, options?: WaitOptions): Promise<void> {
    return underLock(lock, () => this.set(index, value), this.deadline('set', options))
  }

  deadline(operation: string, options: WaitOptions | undefined): Deadline {
    return new Deadline(this.block.context.clock, operation, this.block.channel, options)
  }

  /**
   * Puts what `fn` makes of the old value in its place, while this context has the lock. Whoever changes the value
   * meanwhile without the lock is not overwritten: `fn` is called again, with what is there then.
   */
  update(index: number, fn: (old: never) => unknown, lock: ValueLock, options?: WaitOptions): Promise<unknown> {
    if (options !== undefined || !(lock instanceof SharedLock) || lock.held || !lock.takeNow())
      return this.#updateLater(index, fn, lock, options)
    try {
      const { cells } = this
      for (;;) {
        const old = cells.get(index)
        const next = fn(old as never)
        if (next instanceof Promise) return this.#finish(index, fn, old, next, lock)
        if (!Object.is(cells.compareExchange(index, old, next), old)) continue
        lock.drop()
        this.changed()
        return Promise.resolve(next)
      }
    } catch (error) {
      lock.drop()
      return Promise.reject(error)
    }
  }

  #updateLater(
    index: number,
    fn: (old: never) => unknown,
    lock: ValueLock,
    options: WaitOptions | undefined,
  ): Promise<unknown> {
    const deadline = this.deadline('update', options)
    return underLock(lock, () => this.#replace(index, fn, deadline), deadline)
  }

  async #finish(
    index: number,
    fn: (old: never) => unknown,
    old: unknown,
    coming: Promise<unknown>,
    lock: ValueLock,
  ): Promise<unknown> {
    try {
      const next = await coming
      if (Object.is(await this.operate('compareExchange', index, old, next), old)) return next
      return await this.#replace(index, fn, this.deadline('update', undefined))
    } finally {
      await drop(lock)
    }
  }

  async #replace(index: number, fn: (old: never) => unknown, deadline: Deadline): Promise<unknown> {
    for (;;) {
      const old = await this.get(index)
      const next = await deadline.during(() => fn(old as never))
      deadline.check()
      if (Object.is(await this.operate('compareExchange', index, old, next), old)) return next
    }
  }

  #ask(operation: string, index: number, ...values: unknown[]): Promise<unknown> {
    return this.block.channel.call('cell', this.type, operation, index, ...values)
  }
}

/**
 * Calls `fn` while this context has the lock, if there is one, and releases that only if it did not have it before.
 * @throws TimeoutError if the lock was not released in time
 */
export async function underLock<T>(lock: ValueLock | undefined, fn: () => Promise<T>, deadline?: Deadline): Promise<T> {
  deadline?.check()
  if (lock === undefined || isHeldHere(lock)) return fn()
  await take(lock, deadline)
  try {
    return await fn()
  } finally {
    await drop(lock)
  }
}

async function take(lock: ValueLock, deadline: Deadline | undefined): Promise<void> {
  if (lock instanceof SharedLock && lock.takeNow()) return
  const options = deadline?.left
  const taken = lock instanceof SharedLock ? (await lock.take(options)) !== undefined : await lock.acquire(options)
  if (!taken && deadline !== undefined) throw deadline.late()
}

async function drop(lock: ValueLock): Promise<void> {
  if (lock instanceof SharedLock) lock.drop()
  else await lock.release()
}

/** @throws TypeError unless all of them are values of that type */
export function checkElements(type: TypeName, values: Iterable<unknown>): void {
  const one = cellsOver(type, new ArrayBuffer(SIZES[type]), 1)
  for (const value of values) one.set(0, value)
}
