import { DecodeError, IndexError, ValueError } from './errors.ts'
import { isSameItem, type PackedItem, packItem, type ShareableItem, unpackItem } from './list-items.ts'
import { ListLayout, packFor, readLength, textOf } from './list-layout.ts'
import { checkOptions } from './options.ts'
import { registerClass } from './registry.ts'
import { checkName, createMemory, newName, SharedMemory } from './shared-memory.ts'
import { type WordViews, wordViews } from './word-views.ts'

/** What `new ShareableList` takes. */
export interface ShareableListOptions<T = ShareableItem> {
  /** The name of its memory; one of its own unless given. */
  readonly name?: string
  /** What is in a new list; without them, the one is opened that has the name. */
  readonly items?: Iterable<T & ShareableItem> | ShareableList<T>
}

/** One that is there already. */
interface ListArrival {
  readonly shm: SharedMemory
  readonly length: number
}

/**
 * A list of a fixed length in shared memory, of items of different types: Python's
 * `multiprocessing.shared_memory.ShareableList`. Items can be replaced, also by those of another type, but a string or
 * Uint8Array has to fit where it goes: each has up to eight bytes of room to grow, counted in UTF-8.
 *
 * `at`, iteration and `format` need memory that is shared, and throw `NotSharedError` elsewhere; `get`, `getAll`, `set` and
 * the other methods that return promises work everywhere. Indexes below 0 count from the end. As in Python there is no
 * lock: one number is replaced by another in one step, all else in several, so pass a `Lock` along where that matters.
 *
 * To send one is to send the name of its memory, however long it is. `shm` is that memory: `close()` and `unlink()` it.
 *
 * @example
 * const list = new ShareableList(['howdy', -273.154, 100, null, true])
 * await list.set(2, 42)
 * console.log(list.at(2), [...list].length) // 42 5
 */
export class ShareableList<T = ShareableItem> implements Iterable<T> {
  /** The memory in which it lies. */
  readonly shm: SharedMemory
  /** Items. */
  readonly length: number
  #layout: ListLayout | undefined
  #views: WordViews | undefined

  /**
   * Makes a list whose memory has a name of its own; `open` gives it another, or finds one by its name.
   *
   * @throws TypeError at what can be no item
   * @throws ValueError at an integer of more than 64 bits, and where there is no room
   */
  constructor(items: Iterable<T & ShareableItem>)
  /** @internal */
  constructor(items: undefined, arrival: ListArrival)
  constructor(items: Iterable<T & ShareableItem> = [], arrival?: ListArrival) {
    const { shm, length } = arrival ?? newList([...items])
    this.shm = shm
    this.length = length
    lists.set(shm, this)
  }

  /**
   * Opens the list that has a name; or, with `items`, makes one with that name, which is a copy if they are a list.
   *
   * @throws FileNotFoundError if there is no such name, FileExistsError if a new list cannot have it
   * @throws ValueError without a name and items, and if what has the name is no list
   */
  static async open<T = ShareableItem>(options: ShareableListOptions<T>): Promise<ShareableList<T>> {
    checkOptions('ShareableList.open()', options, ['name', 'items'])
    const { name, items } = options
    checkName(name)
    if (items !== undefined) {
      const packed = pack(items instanceof ShareableList ? await items.getAll() : [...items])
      const content = contentFor(packed)
      const shm = await createMemory(name, content.length, newName, content)
      return listOver(shm, packed.length)
    }
    const shm = await SharedMemory.open(name === undefined ? {} : { name })
    return listOver(shm, readLength(await shm.read(0, Math.min(8, shm.size)), shm.size))
  }

  /** Reads an item at once; bytes are a copy. @throws IndexError beyond the end @throws NotSharedError */
  at(index: number): T {
    const views = this.#here()
    return this.#layoutIn(views.bytes).read(views, this.#place(index)) as T
  }

  /** All items, as they are when each is reached. @throws NotSharedError */
  *[Symbol.iterator](): IterableIterator<T> {
    for (let index = 0; index < this.length; index++) yield this.at(index)
  }

  /**
   * What the items are, in the codes of Python's `struct`, such as `8sdq`; of a string or bytes, for how many there is
   * room.
   * @throws NotSharedError
   */
  get format(): string {
    const views = this.#here()
    const layout = this.#layoutIn(views.bytes)
    return Array.from({ length: this.length }, (_, index) => layout.formatOfSlot(views, index)).join('')
  }

  /** Reads an item, wherever it is. @throws IndexError beyond the end */
  async get(index: number): Promise<T> {
    const place = this.#place(index)
    await this.ready()
    if (this.shm.isHere) return this.at(place)
    const layout = await this.#layoutThere()
    const parts = [layout.slot(place), layout.format(place), layout.code(place)]
    const [slot, format, code] = await Promise.all(parts.map(({ start, size }) => this.shm.read(start, size)))
    return unpackAlone(slot!, textOf(format!), code![0]!) as T
  }

  /** Reads all items, wherever they are. */
  async getAll(): Promise<T[]> {
    await this.ready()
    if (this.shm.isHere) return [...this]
    const views = wordViews((await this.shm.read()).buffer)
    const layout = this.#layoutIn(views.bytes)
    return Array.from({ length: this.length }, (_, index) => layout.read(views, index) as T)
  }

  /**
   * Replaces an item, wherever it is; where the memory is shared, before the call returns. Where a float was, a number
   * stays one.
   *
   * @throws IndexError beyond the end
   * @throws ValueError if there is no room for it
   */
  async set(index: number, value: T): Promise<void> {
    const place = this.#place(index)
    if (this.shm.isHere) return this.#setHere(place, value)
    await this.ready()
    if (this.shm.isHere) return this.#setHere(place, value)
    const layout = await this.#layoutThere()
    const { start, size } = layout.format(place)
    const item = packFor(value, textOf(await this.shm.read(start, size)), layout.slot(place).size)
    await Promise.all(layout.patches(place, item).map(([at, bytes]) => this.shm.write(bytes, at)))
  }

  /** How many items are the same as this; bytes are if they are equal. */
  async count(value: ShareableItem): Promise<number> {
    return (await this.getAll()).filter((item) => isSameItem(item, value)).length
  }

  /** The index of the first item that is the same as this. @throws ValueError if there is none */
  async index(value: ShareableItem): Promise<number> {
    const index = await this.indexOf(value)
    if (index < 0) throw new ValueError('index: the list has no such item')
    return index
  }

  /** As `index`, but -1 if there is none. */
  async indexOf(value: ShareableItem): Promise<number> {
    return (await this.getAll()).findIndex((item) => isSameItem(item, value))
  }

  /**
   * Resolves when `at` can be used, if it ever can: at once but for one that came in a message.
   * @throws FileNotFoundError if its memory had been unlinked by then
   */
  async ready(): Promise<this> {
    await this.shm.ready()
    return this
  }

  toString(): string {
    return `ShareableList(${this.length} items, name=${JSON.stringify(this.shm.name)})`
  }

  #setHere(place: number, value: T): void {
    const views = this.#here()
    const layout = this.#layoutIn(views.bytes)
    layout.write(views, place, packFor(value, layout.formatIn(views, place), layout.slot(place).size))
  }

  /** @throws NotSharedError, ClosedError */
  #here(): WordViews {
    const { buffer } = this.shm.buf
    if (this.#views?.bytes.buffer !== buffer) this.#views = wordViews(buffer)
    return this.#views
  }

  #layoutIn(head: Uint8Array): ListLayout {
    this.#layout ??= ListLayout.read(head, this.shm.size, this.length)
    return this.#layout
  }

  async #layoutThere(): Promise<ListLayout> {
    return this.#layout ?? this.#layoutIn(await this.shm.read(0, ListLayout.headSize(this.length)))
  }

  #place(index: number): number {
    const place = index < 0 ? index + this.length : index
    if (place >= 0 && place < this.length && Number.isInteger(place)) return place
    throw new IndexError(`index ${index} of ${this.length} items`)
  }
}

/** Each memory has one list in this process. */
const lists = new WeakMap<SharedMemory, unknown>()

function listOver<T>(shm: SharedMemory, length: number): ShareableList<T> {
  const known = lists.get(shm) as ShareableList<T> | undefined
  return known ?? new ShareableList<T>(undefined, { shm, length })
}

function newList(items: readonly unknown[]): ListArrival {
  const packed = pack(items)
  const content = contentFor(packed)
  const shm = new SharedMemory(newName(), content.length)
  // Ahead of whatever asks for it, on the ordered way to the hub; a name of so many random bits is nobody else's.
  shm.write(content).catch(() => {})
  shm.claimName().catch(() => {})
  return { shm, length: packed.length }
}

function pack(items: readonly unknown[]): PackedItem[] {
  return items.map((item) => packItem(item))
}

function contentFor(packed: readonly PackedItem[]): Uint8Array<ArrayBuffer> {
  return ListLayout.for(packed).memoryFor(packed)
}

function unpackAlone(slot: Uint8Array, format: string, code: number): ShareableItem {
  const views = wordViews(slot.buffer)
  return unpackItem(views, 0, slot.length, format, code)
}

registerClass(ShareableList, {
  name: 'millrace.ShareableList',
  encode: ({ shm, length }) => [shm, length] as const,
  decode([shm, length]: readonly unknown[]) {
    if (!(shm instanceof SharedMemory) || !Number.isSafeInteger(length) || (length as number) < 0)
      throw new DecodeError('malformed: a ShareableList without its memory')
    return listOver(shm, length as number)
  },
})
