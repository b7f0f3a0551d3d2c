import { readText } from './bytes.ts'

/**
 * The short way through MessagePack, for what most messages are: small trees of objects, arrays, short strings and
 * numbers, and some dozens of those together, as the items of a chunk are. It writes into the batch and reads from it
 * directly, looks at each object once, and gives up at anything else, which then goes the long way (`codec.ts`). Both
 * ways write and read the same format; the tests hold them against each other.
 *
 * Why not msgpackr alone: measured in a running pair of processes, it and the look that must precede it (is anything
 * special in there, is anything in there twice?) took two thirds of a message's time.
 */

/** Room that `writePlain` needs; what is longer goes the long way. */
export const PLAIN_ROOM = 8 * 1024

/** Not plain, or too long. */
const GIVE_UP = -1

const MAX_DEPTH = 8
const MAX_OBJECTS = 160
const MAX_ELEMENTS = 64
const ARRAY_16 = 0xdc

/** The objects met so far: one that is met twice goes the long way, which keeps it one. */
const met: object[] = new Array(MAX_OBJECTS).fill(Object.prototype)
let metCount = 0
let limit = 0

/**
 * Writes a value at `at`, where there must be `PLAIN_ROOM`; returns where it ends, or a negative number. A getter of
 * the value may come back here: then the inner one goes the long way.
 */
export function writePlain(value: object, bytes: Uint8Array, at: number, room = PLAIN_ROOM): number {
  if (metCount > 0) return GIVE_UP
  limit = at + room - 16
  try {
    return writeObject(value, bytes, at, 0)
  } finally {
    for (let i = 0; i < metCount; i++) met[i] = Object.prototype
    metCount = 0
  }
}

function writeObject(value: object, bytes: Uint8Array, at: number, depth: number): number {
  if (depth > MAX_DEPTH || metCount === MAX_OBJECTS) return GIVE_UP
  for (let i = 0; i < metCount; i++) if (met[i] === value) return GIVE_UP
  met[metCount++] = value
  const prototype = Object.getPrototypeOf(value)
  if (prototype === Object.prototype) return writeProperties(value as Record<string, unknown>, bytes, at, depth)
  return prototype === Array.prototype ? writeElements(value as unknown[], bytes, at, depth) : GIVE_UP
}

function writeProperties(value: Record<string, unknown>, bytes: Uint8Array, at: number, depth: number): number {
  const head = at++
  let count = 0
  for (const key in value) {
    count++
    at = writeKey(key, bytes, at)
    if (at < 0) return GIVE_UP
    at = writeValue(value[key], bytes, at, depth)
    if (at < 0) return GIVE_UP
  }
  if (count > 15) return GIVE_UP
  bytes[head] = 0x80 | count
  return at
}

function writeElements(value: readonly unknown[], bytes: Uint8Array, at: number, depth: number): number {
  const { length } = value
  if (length > MAX_ELEMENTS || at > limit) return GIVE_UP
  if (length < 16) bytes[at++] = 0x90 | length
  else {
    bytes[at++] = ARRAY_16
    bytes[at++] = 0
    bytes[at++] = length
  }
  for (let i = 0; i < length; i++) {
    at = writeValue(value[i], bytes, at, depth)
    if (at < 0) return GIVE_UP
  }
  return at
}

function writeKey(key: string, bytes: Uint8Array, at: number): number {
  return key === '__proto__' ? GIVE_UP : writeShort(key, bytes, at)
}

function writeValue(value: unknown, bytes: Uint8Array, at: number, depth: number): number {
  switch (typeof value) {
    case 'string':
      return writeShort(value, bytes, at)
    case 'number':
      return at > limit ? GIVE_UP : writeNumber(value, bytes, at)
    case 'boolean':
      bytes[at] = value ? 0xc3 : 0xc2
      return at > limit ? GIVE_UP : at + 1
    case 'object':
      if (at > limit) return GIVE_UP
      if (value !== null) return writeObject(value, bytes, at, depth + 1)
      bytes[at] = 0xc0
      return at + 1
    default:
      return GIVE_UP
  }
}

/** ASCII of less than 32 characters. */
function writeShort(text: string, bytes: Uint8Array, at: number): number {
  const { length } = text
  if (length > 31 || at + length > limit) return GIVE_UP
  bytes[at++] = 0xa0 | length
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0x7f) return GIVE_UP
    bytes[at++] = code
  }
  return at
}

const float = new Float64Array(1)
const floatBytes = new Uint8Array(float.buffer)

export function writeNumber(value: number, bytes: Uint8Array, at: number): number {
  if ((value | 0) === value && (value !== 0 || !Object.is(value, -0))) {
    if (value >= 0 && value < 0x80) {
      bytes[at] = value
      return at + 1
    }
    bytes[at] = value >= 0 ? 0xce : 0xd2
    bytes[at + 1] = value >>> 24
    bytes[at + 2] = value >>> 16
    bytes[at + 3] = value >>> 8
    bytes[at + 4] = value
    return at + 5
  }
  bytes[at] = 0xcb
  float[0] = value
  for (let i = 0; i < 8; i++) bytes[at + 8 - i] = floatBytes[i]!
  return at + 9
}

/** Stands for: this is not for the short way. */
export const NOT_PLAIN: unique symbol = Symbol('not plain')

let pos = 0
let bound = 0

/** Reads a payload from `start` to `end`; `NOT_PLAIN` for anything that the long way has to judge. */
export function readPlain(bytes: Uint8Array, start: number, end: number): unknown {
  pos = start
  bound = end
  const value = readValue(bytes, 0)
  return pos === end ? value : NOT_PLAIN
}

/** Reads what begins at `pos`. Gives up by moving `pos` beyond every end. */
function readValue(bytes: Uint8Array, depth: number): unknown {
  const token = bytes[pos++]!
  if (token < 0x80) return token
  if (token < 0x90) return readProperties(bytes, token & 0xf, depth)
  if (token < 0xa0) return readElements(bytes, token & 0xf, depth)
  if (token < 0xc0) return readShort(bytes, token & 0x1f)
  switch (token) {
    case 0xc0:
      return null
    case 0xc2:
      return false
    case 0xc3:
      return true
    case 0xcb:
      pos += 8
      for (let i = 0; i < 8; i++) floatBytes[i] = bytes[pos - 1 - i]!
      return float[0]
    case 0xce:
      return readInteger(bytes) >>> 0
    case 0xd2:
      return readInteger(bytes)
    case ARRAY_16:
      return readLongArray(bytes, depth)
    default:
      return giveUp()
  }
}

function giveUp(): undefined {
  pos = Number.MAX_SAFE_INTEGER / 2
  return undefined
}

function readInteger(bytes: Uint8Array): number {
  pos += 4
  return (bytes[pos - 4]! << 24) | (bytes[pos - 3]! << 16) | (bytes[pos - 2]! << 8) | bytes[pos - 1]!
}

function readProperties(bytes: Uint8Array, count: number, depth: number): unknown {
  if (depth > MAX_DEPTH) return giveUp()
  const object: Record<string, unknown> = {}
  for (let i = 0; i < count; i++) object[readKey(bytes)] = readValue(bytes, depth + 1)
  return object
}

function readElements(bytes: Uint8Array, count: number, depth: number): unknown {
  if (depth > MAX_DEPTH) return giveUp()
  if (count === 2) return [readValue(bytes, depth + 1), readValue(bytes, depth + 1)]
  const array: unknown[] = []
  for (let i = 0; i < count; i++) array.push(readValue(bytes, depth + 1))
  return array
}

/** Whatever has more elements was not written on the short way. */
function readLongArray(bytes: Uint8Array, depth: number): unknown {
  pos += 2
  const count = (bytes[pos - 2]! << 8) | bytes[pos - 1]!
  return count > MAX_ELEMENTS ? giveUp() : readElements(bytes, count, depth)
}

interface Key {
  readonly text: string
  readonly codes: Uint8Array
}

/** Keys seen before, by a hash of their bytes: the same key is the same string, found without making it. */
const keys: Array<Key | undefined> = new Array(1024).fill(undefined)

function readKey(bytes: Uint8Array): string {
  const token = bytes[pos]!
  const length = token & 0x1f
  const start = pos + 1
  const end = start + length
  if (token < 0xa0 || token > 0xbf || end > bound) return noKey()
  const hash = (length * 31 + bytes[start]! * 7 + bytes[end - 1]! * 131 + bytes[start + (length >> 1)]! * 17) & 1023
  const known = keys[hash]
  pos = end
  return known !== undefined && isSame(known.codes, bytes, start, length) ? known.text : newKey(bytes, start, end, hash)
}

function noKey(): string {
  giveUp()
  return ''
}

function isSame(codes: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (codes.length !== length) return false
  for (let i = 0; i < length; i++) if (codes[i] !== bytes[start + i]) return false
  return true
}

function newKey(bytes: Uint8Array, start: number, end: number, hash: number): string {
  const codes = new Uint8Array(bytes.subarray(start, end))
  const text = readText(bytes, start, end)
  if (text === '__proto__') return noKey()
  keys[hash] = { text, codes }
  return text
}

const { fromCharCode } = String

/** Up to this length a string is quicker made here than by the platform. */
const OWN_STRING = 16

function readShort(bytes: Uint8Array, length: number): unknown {
  const start = pos
  pos += length
  if (pos > bound) return giveUp()
  if (length > OWN_STRING) return readText(bytes, start, pos)
  let all = 0
  for (let i = start; i < pos; i++) all |= bytes[i]!
  if (all > 0x7f) return readText(bytes, start, pos)
  return length > 8 ? ascii(bytes, start, 8) + ascii(bytes, start + 8, length - 8) : ascii(bytes, start, length)
}

function ascii(bytes: Uint8Array, at: number, length: number): string {
  switch (length) {
    case 0:
      return ''
    case 1:
      return fromCharCode(bytes[at]!)
    case 2:
      return fromCharCode(bytes[at]!, bytes[at + 1]!)
    case 3:
      return fromCharCode(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!)
    case 4:
      return fromCharCode(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!)
    case 5:
      return fromCharCode(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!, bytes[at + 4]!)
    case 6:
      return ascii(bytes, at, 3) + ascii(bytes, at + 3, 3)
    case 7:
      return ascii(bytes, at, 4) + ascii(bytes, at + 4, 3)
    default:
      return fromCharCode(
        bytes[at]!,
        bytes[at + 1]!,
        bytes[at + 2]!,
        bytes[at + 3]!,
        bytes[at + 4]!,
        bytes[at + 5]!,
        bytes[at + 6]!,
        bytes[at + 7]!,
      )
  }
}
