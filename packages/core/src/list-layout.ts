import { ValueError } from './errors.ts'
import { type PackedItem, packItem, type ShareableItem, slotSize, unpackItem } from './list-items.ts'
import { type WordViews, wordViews } from './word-views.ts'

const WORD = 8

/** A part of the memory. */
export interface Part {
  readonly start: number
  /** Bytes. */
  readonly size: number
}

/**
 * Where the items of a `ShareableList` lie, as in Python's:
 *
 * | bytes | |
 * |---|---|
 * | 8 | N, how many items there are |
 * | (N + 1) × 8 | where each slot begins, counted from the first one; where the last one ends |
 * | K | the slots, of whole words |
 * | N × 8 | the format of each item, in ASCII |
 * | N | a code for each |
 *
 * All of it but the items is as it was when the list was made; a format says of a text how many bytes it has, where
 * Python's says how many there is room for, so that none are lost at its end.
 */
export class ListLayout {
  readonly length: number
  readonly #offsets: readonly number[]

  private constructor(offsets: readonly number[]) {
    this.#offsets = offsets
    this.length = offsets.length - 1
  }

  /** For these items, each in a slot as large as it needs. */
  static for(items: readonly PackedItem[]): ListLayout {
    const offsets = [0]
    for (const item of items) offsets.push(offsets.at(-1)! + slotSize(item))
    return new ListLayout(offsets)
  }

  /** How many bytes tell the layout of so many items. */
  static headSize(length: number): number {
    return (length + 2) * WORD
  }

  /**
   * That of a list which is there.
   * @param head the memory, or its beginning, up to `headSize`
   * @param size bytes of the memory
   * @throws ValueError if no list of that length is there
   */
  static read(head: Uint8Array, size: number, length: number): ListLayout {
    if (readLength(head, size) !== length || head.length < ListLayout.headSize(length)) throw noList()
    const layout = new ListLayout(Array.from(wordsOf(head).subarray(1, length + 2), Number))
    if (!layout.#isSound(size)) throw noList()
    return layout
  }

  /** Bytes. */
  get size(): number {
    return this.#codes + this.length
  }

  slot(index: number): Part {
    const [start, end] = [this.#offsets[index]!, this.#offsets[index + 1]!]
    return { start: this.#slots + start, size: end - start }
  }

  format(index: number): Part {
    return { start: this.#formats + index * WORD, size: WORD }
  }

  code(index: number): Part {
    return { start: this.#codes + index, size: 1 }
  }

  /** What has to be written where to put an item into a slot that has room for it. */
  patches(index: number, { format, code, bytes, length }: PackedItem): readonly Patch[] {
    const { start, size } = this.slot(index)
    const content = bytes.length === WORD && length === WORD ? bytes : new Uint8Array(size)
    if (content !== bytes) content.set(bytes)
    return [
      [start, content],
      [this.format(index).start, formatBytes(format)],
      [this.code(index).start, Uint8Array.of(code)],
    ]
  }

  write(views: WordViews, index: number, item: PackedItem): void {
    for (const [start, bytes] of this.patches(index, item)) put(views, start, bytes)
  }

  read(views: WordViews, index: number): ShareableItem {
    const { start, size } = this.slot(index)
    const { bytes } = views
    return unpackItem(views, start, size, this.formatIn(views, index), bytes[this.code(index).start]!)
  }

  /** The format of an item, and of a text how many bytes it has. */
  formatIn({ bytes }: WordViews, index: number): string {
    const { start, size } = this.format(index)
    return textOf(bytes.subarray(start, start + size))
  }

  /** Python's format: what an item is, and of a text for how many bytes there is room. */
  formatOfSlot(views: WordViews, index: number): string {
    const format = this.formatIn(views, index)
    return format.endsWith('s') ? `${this.slot(index).size}s` : format
  }

  /** The whole memory for these items. */
  memoryFor(items: readonly PackedItem[]): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.size)
    const views = wordViews(bytes.buffer)
    for (const [place, number] of [this.length, ...this.#offsets].entries()) views.integers[place] = BigInt(number)
    for (const [index, item] of items.entries()) this.write(views, index, item)
    return bytes
  }

  get #slots(): number {
    return ListLayout.headSize(this.length)
  }

  get #formats(): number {
    return this.#slots + this.#offsets.at(-1)!
  }

  get #codes(): number {
    return this.#formats + this.length * WORD
  }

  #isSound(size: number): boolean {
    const rising = this.#offsets.every((offset, i) => offset % WORD === 0 && offset >= (this.#offsets[i - 1] ?? 0))
    return rising && this.size <= size
  }
}

/**
 * How many items there are in a list.
 * @throws ValueError if no list is there
 */
export function readLength(head: Uint8Array, size: number): number {
  if (head.length < WORD) throw noList()
  const length = Number(wordsOf(head)[0])
  if (length < 0 || ListLayout.headSize(length) > size) throw noList()
  return length
}

/** Packs an item for a slot of so many bytes. @throws ValueError if there is no room for it */
export function packFor(value: unknown, current: string, size: number): PackedItem {
  const item = packItem(value, current)
  if (item.length > size)
    throw new ValueError(`an item of ${item.length} bytes exceeds the ${size} bytes that it has in this list`)
  return item
}

/** Bytes that go to a place in the memory. */
export type Patch = readonly [start: number, bytes: Uint8Array<ArrayBuffer>]

/** A word is written in one access, so that nobody sees half of a number. */
function put({ bytes, integers }: WordViews, start: number, content: Uint8Array<ArrayBuffer>): void {
  if (content.length === WORD) Atomics.store(integers, start / WORD, wordsOf(content)[0]!)
  else bytes.set(content, start)
}

function wordsOf({ buffer, byteOffset, length }: Uint8Array): BigInt64Array {
  return new BigInt64Array(buffer, byteOffset, Math.floor(length / WORD))
}

/** A format as it lies in memory. */
export function formatBytes(format: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(WORD)
  for (let i = 0; i < format.length; i++) bytes[i] = format.charCodeAt(i)
  return bytes
}

/** A format that was read. */
export function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return String.fromCharCode(...(end < 0 ? bytes : bytes.subarray(0, end)))
}

function noList(): ValueError {
  return new ValueError('there is no ShareableList in this shared memory')
}
