import { copyBytes } from '../bytes.ts'
import { type Encoded, encode } from '../codec.ts'
import type { Context } from '../context.ts'
import { EncodeError } from '../errors.ts'
import { checkedList } from '../options.ts'
import { checkWord, encodeWord, type KeptWord, leaveOut } from './kept-word.ts'
import type { TaskKind } from './task-kind.ts'
import { How } from './words.ts'

/** MessagePack's arrays: of one element, of less than 65,536, and of more. */
const ARRAY_OF_1 = 0x91
const ARRAY_16 = 0xdc
const ARRAY_32 = 0xdd
/** A chunk has no more bytes, unless a single item has; nor more than a quarter of what a frame may have. */
const MOST_BYTES = 1024 * 1024
/** The bytes of a chunk's word ahead of its first argument, at most. */
const HEAD = 32
/** What cannot change and may be longer than this is looked at, at once, whether it can travel. */
const LONG = 1024

/**
 * The arguments of many calls, as they were when they were given: what may change is encoded at once, each for itself,
 * so that any number of neighbours can be put into one word without being encoded again.
 */
export class ChunkEncoder {
  readonly #context: Context
  readonly #kind: TaskKind
  readonly #how: number
  readonly #most: number
  /** What cannot change, and is encoded when its turn comes; for others, nothing. */
  readonly #items: unknown[] = []
  /** Where the bytes of each end, once the first that can change has come. */
  #ends: number[] | undefined
  #bytes = new Uint8Array(0)
  #at = 0
  /** Those that can only be sent in a word of their own: they hold handles, or an object twice. */
  readonly #alone = new Map<number, KeptWord>()

  constructor(context: Context, kind: TaskKind, how: number) {
    this.#context = context
    this.#kind = kind
    this.#how = how
    this.#most = Math.min(MOST_BYTES, context.maxFrame / 4)
  }

  /** How many there are. */
  get length(): number {
    return this.#items.length
  }

  /**
   * @throws EncodeError if it cannot travel; the path begins with its index
   * @throws TypeError if it is to be a list of arguments and is none
   */
  add(item: unknown): void {
    if (this.#how === How.SPREAD) checkedList(`input ${this.length} of starmap()`, item as Iterable<unknown>)
    if (this.#ends === undefined && !canChange(item)) this.#keepAsItIs(item)
    else this.#encode(item)
  }

  /** How many from `at` on, at most `count`, can go in one word. */
  fits(at: number, count: number): number {
    if (this.#alone.has(at)) return 1
    const start = this.#endOf(at - 1)
    let end = at
    let bytes = this.#ends === undefined ? lengthOf(this.#items[at]) : 0
    while (++end < at + count) {
      if (this.#alone.has(end)) break
      bytes = this.#ends === undefined ? bytes + lengthOf(this.#items[end]) : this.#endOf(end) - start
      if (bytes > this.#most) break
    }
    return end - at
  }

  #endOf(index: number): number {
    return index < 0 ? 0 : (this.#ends?.[index] ?? 0)
  }

  /** The word of the calls from `at` on, `count` of them, which fit. */
  word(at: number, count: number): KeptWord {
    const alone = this.#alone.get(at)
    if (alone !== undefined) {
      this.#alone.delete(at)
      return alone
    }
    if (this.#ends === undefined)
      return encodeWord(this.#context, this.#kind, this.#how, this.#items.slice(at, at + count))
    return this.#join(this.#endOf(at - 1), this.#endOf(at + count - 1), count)
  }

  /** Nobody will ask for more words: what was to move in them stays. */
  release(): void {
    for (const word of this.#alone.values()) leaveOut(word)
    this.#alone.clear()
  }

  #join(start: number, end: number, count: number): KeptWord {
    const bytes = new Uint8Array(HEAD + end - start)
    const head = encode([this.#kind.number, this.#how, null])
    // The last byte stands for the null, in whose place the arguments go.
    let at = head.end - head.start - 1
    copyBytes(head.bytes, head.start, head.end - 1, bytes, 0)
    bytes[at++] = count < 0x10000 ? ARRAY_16 : ARRAY_32
    for (let shift = count < 0x10000 ? 8 : 24; shift >= 0; shift -= 8) bytes[at++] = count >>> shift
    bytes.set(this.#bytes.subarray(start, end), at)
    return { bytes, start: 0, end: at + end - start, refs: undefined, moved: [], live: undefined }
  }

  #keepAsItIs(item: unknown): void {
    if (lengthOf(item) > LONG) this.#check(this.#encodeOne(item, this.length), this.length)
    this.#items.push(item)
  }

  #encode(item: unknown): void {
    if (this.#ends === undefined) {
      this.#ends = []
      for (const earlier of this.#items.splice(0)) this.#encode(earlier)
    }
    const index = this.length
    const encoded = this.#encodeOne(item, index)
    this.#check(encoded, index)
    this.#items.push(undefined)
    const { bytes, start, end, refs, moved } = encoded
    if (bytes[start] === ARRAY_OF_1 && refs === undefined && moved.length === 0) this.#append(bytes, start + 1, end)
    else this.#alone.set(index, encodeWord(this.#context, this.#kind, this.#how, [item]))
    this.#ends.push(this.#at)
  }

  #encodeOne(item: unknown, index: number): Encoded {
    try {
      return encode([item])
    } catch (error) {
      throw error instanceof EncodeError ? this.#inputError(error, index) : error
    }
  }

  /** @throws EncodeError at one that no frame has room for, even alone */
  #check({ start, end, refs }: Encoded, index: number): void {
    try {
      checkWord(this.#context, { start, end: end + HEAD, refs })
    } catch (error) {
      throw error instanceof EncodeError ? this.#inputError(error, index) : error
    }
  }

  #inputError(error: EncodeError, index: number): EncodeError {
    const path = error.path.replace(/^(\[0\])?/, `[${index}]`)
    const message =
      error.path === '' ? `input ${index}: ${error.message}` : error.message.replace(` at ${error.path}`, ` at ${path}`)
    return new EncodeError(`the arguments of task ${this.#kind.task.name}: ${message}`, path)
  }

  #append(bytes: Uint8Array, start: number, end: number): void {
    const length = this.#at + end - start
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#bytes.length, 4096))
      larger.set(this.#bytes.subarray(0, this.#at))
      this.#bytes = larger
    }
    copyBytes(bytes, start, end, this.#bytes, this.#at)
    this.#at = length
  }
}

/** The bytes of what cannot change, at most. */
function lengthOf(item: unknown): number {
  if (typeof item === 'string') return 3 * item.length + 8
  // Of bigints nobody knows without a look: those that are written out are rare.
  return typeof item === 'bigint' && (item > MAX_SHORT || item < -MAX_SHORT) ? LONG + item.toString(16).length : 16
}

const MAX_SHORT = 2n ** 63n

function canChange(item: unknown): boolean {
  return typeof item === 'object' ? item !== null : typeof item === 'function' || typeof item === 'symbol'
}
