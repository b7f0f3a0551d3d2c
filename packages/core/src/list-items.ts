import { ValueError } from './errors.ts'
import type { WordViews } from './word-views.ts'

/** What can be an item of a `ShareableList`; a Uint8Array stands for Python's `bytes`. */
export type ShareableItem = string | number | bigint | boolean | Uint8Array | null

/**
 * An item as it lies in its slot. The format is that of Python's `struct`: `q` an integer, `d` a float, `5s` so many
 * bytes, and eight bytes each for `None` and booleans.
 */
export interface PackedItem {
  readonly format: string
  /** Tells apart what has the same format. */
  readonly code: number
  /** Whole words. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** How many of them count. */
  readonly length: number
}

/** Python's back transformations, and `BIGINT`, which Python has no use for. */
const AS_IT_IS = 0
const STRING = 1
const BYTES = 2
const NONE = 3
const BIGINT = 4

const WORD = 8
const FALSE_OR_TRUE = 'xxxxxxx?'
const NOTHING = 'xxxxxx?x'
/** A format has room for eight characters. */
const LONGEST = 9_999_999

const toBytes = new TextEncoder()
const toText = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * @param current the format of what is there, which stays that of floats: 2 can be one
 * @throws TypeError at what can be no item
 * @throws ValueError at an integer of more than 64 bits, or a text that is too long
 */
export function packItem(value: unknown, current?: string): PackedItem {
  switch (typeof value) {
    case 'number':
      return isInteger(value) && current !== 'd' ? packInteger(BigInt(value), AS_IT_IS) : packFloat(value)
    case 'bigint':
      return packInteger(checkedInteger(value), BIGINT)
    case 'boolean':
      return { format: FALSE_OR_TRUE, code: AS_IT_IS, bytes: lastByte(Number(value)), length: WORD }
    case 'string':
      return packBytes(toBytes.encode(checkedText(value)), STRING)
    default:
      if (value === null || value === undefined)
        return { format: NOTHING, code: NONE, bytes: lastByte(0), length: WORD }
      if (value instanceof Uint8Array) return packBytes(value, BYTES)
      throw new TypeError(
        `an item of a ShareableList is a number, bigint, boolean, string, Uint8Array or null, not ${typeof value}`,
      )
  }
}

/** The words that Python gives an item: it may grow a little later. */
export function slotSize({ format, length }: PackedItem): number {
  return format.endsWith('s') ? WORD * (Math.floor(length / WORD) + 1) : WORD
}

/**
 * Reads an item. While somebody else is about to write one of another kind it may be neither the old nor the new one, but
 * it is always one.
 *
 * @param start bytes, whole words
 * @param size bytes of its slot
 */
export function unpackItem(
  { bytes, floats, integers }: WordViews,
  start: number,
  size: number,
  format: string,
  code: number,
): ShareableItem {
  switch (format) {
    case 'q': {
      const integer = Atomics.load(integers, start / WORD)
      return code === BIGINT ? integer : Number(integer)
    }
    case 'd':
      return floats[start / WORD]!
    case FALSE_OR_TRUE:
      return bytes[start + WORD - 1] !== 0
    case NOTHING:
      return null
    default: {
      const length = Math.min(Number.parseInt(format, 10) || 0, size)
      const own = bytes.slice(start, start + length)
      return code === BYTES ? own : toText.decode(own)
    }
  }
}

/** Whether two items are the same: as `includes` of an array finds them, and bytes by what they are. */
export function isSameItem(a: unknown, b: unknown): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array)
    return a.length === b.length && a.every((byte, i) => byte === b[i])
  return a === b || (Number.isNaN(a) && Number.isNaN(b)) || (a === null && b === undefined)
}

function packInteger(value: bigint, code: number): PackedItem {
  return { format: 'q', code, bytes: new Uint8Array(BigInt64Array.of(value).buffer), length: WORD }
}

function packFloat(value: number): PackedItem {
  return { format: 'd', code: AS_IT_IS, bytes: new Uint8Array(Float64Array.of(value).buffer), length: WORD }
}

function packBytes(content: Uint8Array, code: number): PackedItem {
  const { length } = content
  if (length > LONGEST) throw new ValueError(`an item of a ShareableList has up to ${LONGEST} bytes, not ${length}`)
  const bytes = new Uint8Array(WORD * Math.ceil(length / WORD))
  bytes.set(content)
  return { format: `${length}s`, code, bytes, length }
}

function lastByte(byte: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(0, 0, 0, 0, 0, 0, 0, byte)
}

/** One that an integer of 64 bits gives back as it was. */
function isInteger(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0)
}

function checkedInteger(value: bigint): bigint {
  if (BigInt.asIntN(64, value) === value) return value
  throw new ValueError(`an integer of a ShareableList has 64 bits; ${value} needs more`)
}

function checkedText(text: string): string {
  if (!/\p{Surrogate}/u.test(text)) return text
  throw new ValueError('a string with half of a surrogate pair has no bytes: it cannot be an item of a ShareableList')
}
