import { DecodeError } from './errors.ts'
import { MAX_DEPTH } from './lower.ts'

/** The types of MessagePack's extensions that are allowed: `undefined`, integers of any size, and `Tagged`. */
export const UNDEFINED = 0x00
export const BIGINT = 0x42
export const TAGGED = 0x4d

/** An error with its cause takes the most: four levels of bytes for one of values. */
const MAX_LEVELS = 4 * MAX_DEPTH + 16

const PROTO = new TextEncoder().encode('__proto__')

let bytes: Uint8Array = PROTO
let end = 0

/**
 * Looks over a payload before msgpackr reads it: one walk that builds nothing.
 *
 * msgpackr reads more than is ever written here (records, which it compiles; references; bundles of strings, which
 * move the place where it reads; errors, sets and expressions of its own), goes as deep as it is told, and if anything
 * follows the value it prints what it has read, which takes for ever if objects in there are shared often enough.
 *
 * @throws DecodeError
 */
export function checkWellFormed(payload: Uint8Array, from: number, to: number): void {
  bytes = payload
  end = to
  const at = skip(from, 0)
  bytes = PROTO
  if (at !== to) throw new DecodeError(at > to ? 'malformed payload: it ends too early' : 'malformed payload: too long')
}

/** Where the value ends that begins at `at`. */
function skip(at: number, level: number): number {
  if (at >= end) throw new DecodeError('malformed payload: it ends too early')
  const token = bytes[at++]!
  if (token < 0x80 || token >= 0xe0) return at
  if (token < 0x90) return skipMap(at, token & 0xf, level)
  if (token < 0xa0) return skipAll(at, token & 0xf, level)
  if (token < 0xc0) return at + (token & 0x1f)
  switch (token) {
    case 0xc0:
    case 0xc2:
    case 0xc3:
      return at
    case 0xc4:
    case 0xd9:
      return at + 1 + number(at, 1)
    case 0xc5:
    case 0xda:
      return at + 2 + number(at, 2)
    case 0xc6:
    case 0xdb:
      return at + 4 + number(at, 4)
    case 0xca:
    case 0xce:
    case 0xd2:
      return at + 4
    case 0xcb:
    case 0xcf:
    case 0xd3:
      return at + 8
    case 0xcc:
    case 0xd0:
      return at + 1
    case 0xcd:
    case 0xd1:
      return at + 2
    case 0xd4:
      return skipExtension(at, level)
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
      return skipBigInt(at, 1 << (token - 0xd4))
    case 0xc7:
      return skipBigInt(at + 1, number(at, 1))
    case 0xc8:
      return skipBigInt(at + 2, number(at, 2))
    case 0xc9:
      return skipBigInt(at + 4, number(at, 4))
    case 0xdc:
      return skipAll(at + 2, number(at, 2), level)
    case 0xdd:
      return skipAll(at + 4, number(at, 4), level)
    case 0xde:
      return skipMap(at + 2, number(at, 2), level)
    case 0xdf:
      return skipMap(at + 4, number(at, 4), level)
    default:
      throw new DecodeError(`malformed payload: ${token} is no token`)
  }
}

function skipAll(at: number, count: number, level: number): number {
  if (level > MAX_LEVELS) throw new DecodeError(`malformed payload: nested deeper than ${MAX_DEPTH} levels`)
  for (let i = 0; i < count; i++) at = skip(at, level + 1)
  return at
}

function skipMap(at: number, count: number, level: number): number {
  if (level > MAX_LEVELS) throw new DecodeError(`malformed payload: nested deeper than ${MAX_DEPTH} levels`)
  for (let i = 0; i < count; i++) {
    const key = at
    at = skip(at, level + 1)
    if (isProto(key, at)) throw new DecodeError('a property named __proto__ is refused')
    at = skip(at, level + 1)
  }
  return at
}

/** Whether a key is the one name that an object takes amiss. */
function isProto(key: number, to: number): boolean {
  const text = to - PROTO.length
  if (text <= key || to > end || text !== key + headOf(bytes[key]!)) return false
  for (let i = 0; i < PROTO.length; i++) if (bytes[text + i] !== PROTO[i]) return false
  return true
}

/** How many bytes precede the text of a string. */
function headOf(token: number): number {
  return token < 0xd9 ? 1 : token === 0xd9 ? 2 : token === 0xda ? 3 : 5
}

/** An extension of one byte: `undefined`, or a filler that a `Tagged` follows. */
function skipExtension(at: number, level: number): number {
  const type = bytes[at]
  if (type === TAGGED) return skipAll(at + 2, 1, level)
  if (type !== UNDEFINED && type !== BIGINT) throw new DecodeError(`an extension of type ${type} is refused`)
  return at + 2
}

function skipBigInt(at: number, length: number): number {
  if (bytes[at] !== BIGINT) throw new DecodeError(`an extension of type ${bytes[at]} is refused`)
  return at + 1 + length
}

function number(at: number, size: 1 | 2 | 4): number {
  if (at + size > end) throw new DecodeError('malformed payload: it ends too early')
  let value = 0
  for (let i = 0; i < size; i++) value = value * 256 + bytes[at + i]!
  return value
}
