import { addExtension, Packr, Unpackr } from 'msgpackr/pack'
import { type Binary, binaryKind, binaryOf, bytesOf, isBinary } from './binary.ts'
import { allocate, copyBytes, readText, writeText } from './bytes.ts'
import { DecodeError, EncodeError, MillraceError } from './errors.ts'
import type { Movable } from './handle.ts'
import { type Found, isPlain, lower } from './lower.ts'
import { NOT_PLAIN, PLAIN_ROOM, readPlain, writeNumber, writePlain } from './plain.ts'
import { type HandleResolver, revive, Tagged } from './revive.ts'
import { checkWellFormed, TAGGED } from './well-formed.ts'

/**
 * Values to bytes and back.
 *
 * A payload is MessagePack, written by msgpackr as plain, self-contained maps, since the hub relays what it never
 * decoded. What MessagePack lacks (Map, Error, handles, ...) travels as one extension, `Tagged`: see `lower.ts` for
 * the way out and `revive.ts` for the way in. Small plain values take a short way to the same bytes: `plain.ts`.
 *
 * A payload that is a single string or binary is not MessagePack: it starts with `RAW`, a byte that MessagePack never
 * uses, and its kind.
 */
const RAW = 0xc1
/** The kind of a raw payload that is a string in UTF-8. */
const STRING = 0xfe
/** The longest string that is written straight into a batch. */
const DIRECT_STRING = 4096
/** Room for a number. */
const NUMBER_ROOM = 16

addExtension({ Class: Tagged, type: TAGGED, write: (tagged: Tagged) => [tagged.tag, tagged.body], read: revive })

const packr = new Packr({ useRecords: false, mapsAsObjects: true, useBigIntExtension: true } as never)
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, copyBuffers: true } as never)
const RESET_AND_REUSE = 512 | 1024

/** Where encoded values go: a scratch that is good until the next encoding. */
export interface Encoded {
  bytes: Uint8Array
  start: number
  end: number
  /** The ids of the handles inside, if any. */
  refs: readonly string[] | undefined
  /** The handles inside that may be in one place only: with the value they leave this context. */
  moved: readonly Movable[]
}

const NONE: readonly Movable[] = []
const encoded: Encoded = { bytes: new Uint8Array(0), start: 0, end: 0, refs: undefined, moved: NONE }

/** How much room `encodeDirect` needs for a value; 0: it has to be encoded first. */
export function directRoom(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return value.length <= DIRECT_STRING ? value.length * 3 + 2 : 0
    case 'object':
      return value === null ? NUMBER_ROOM : 0
    case 'number':
    case 'boolean':
    case 'undefined':
      return NUMBER_ROOM
    default:
      return 0
  }
}

/** Writes a value that has a `directRoom` at `at`, and returns where it ends. */
export function encodeDirect(value: unknown, bytes: Uint8Array, at: number): number {
  switch (typeof value) {
    case 'string':
      bytes[at] = RAW
      bytes[at + 1] = STRING
      return at + 2 + writeText(bytes, at + 2, value)
    case 'number':
      return writeNumber(value, bytes, at)
    case 'boolean':
      bytes[at] = value ? 0xc3 : 0xc2
      return at + 1
    case 'object':
      bytes[at] = 0xc0
      return at + 1
    default:
      bytes[at] = 0xd4
      bytes[at + 1] = 0
      bytes[at + 2] = 0
      return at + 3
  }
}

/**
 * Encodes a value; the result is overwritten by the next call.
 * @throws EncodeError naming the path to what cannot be encoded.
 */
export function encode(value: unknown): Encoded {
  if (typeof value === 'string') return encodeString(value)
  if (typeof value === 'object' && value !== null) {
    if (isBinary(value)) return encodeBinary(value)
    const end = writePlain(value, plain, 0)
    if (end > 0) return result(plain, 0, end)
  }
  if (isPlain(value)) return pack(value, undefined)
  const found: Found = { refs: [], moved: [] }
  return pack(lower(value, found), found)
}

/** Encodes a value into bytes of its own. */
export function encodeAlone(value: unknown): Encoded {
  return ownCopy(encode(value))
}

/** The same in bytes of its own, which no further encoding overwrites. */
export function ownCopy({ bytes, start, end, refs, moved }: Encoded): Encoded {
  const alone = allocate(end - start)
  copyBytes(bytes, start, end, alone, 0)
  return { bytes: alone, start: 0, end: alone.length, refs, moved }
}

const plain = allocate(PLAIN_ROOM)

/** Set only now, when no getter of the value can encode something else any more. */
function result(bytes: Uint8Array, start: number, end: number, found?: Found): Encoded {
  encoded.bytes = bytes
  encoded.start = start
  encoded.end = end
  encoded.refs = found === undefined || found.refs.length === 0 ? undefined : found.refs
  encoded.moved = found === undefined ? NONE : found.moved
  return encoded
}

function pack(value: unknown, found: Found | undefined): Encoded {
  try {
    const target = packr.pack(value, RESET_AND_REUSE) as unknown as Uint8Array & { start: number; end: number }
    return result(target, target.start, target.end, found)
  } catch (cause) {
    throw cause instanceof MillraceError ? cause : new EncodeError(`cannot encode: ${String(cause)}`, '', { cause })
  }
}

let scratch = new Uint8Array(0)

function encodeBinary(value: Binary): Encoded {
  const bytes = bytesOf(value)
  const target = startRaw(binaryKind(value), bytes.length)
  target.set(bytes, 2)
  return endRaw(target, bytes.length)
}

function encodeString(value: string): Encoded {
  const target = startRaw(STRING, value.length * 3)
  return endRaw(target, writeText(target, 2, value))
}

function startRaw(kind: number, length: number): Uint8Array {
  // A big scratch is not kept: it would hold its memory until the next one.
  const target = length + 2 <= scratch.length ? scratch : allocate(Math.max(length + 2, 4096))
  if (target.length <= 256 * 1024) scratch = target
  target[0] = RAW
  target[1] = kind
  return target
}

function endRaw(target: Uint8Array, length: number): Encoded {
  return result(target, 0, length + 2)
}

const range = { start: 0, end: 0 }

/**
 * Decodes one payload, wherever it lies. What it returns shares no memory with `bytes`.
 * @throws DecodeError if the bytes are malformed or hold what is not allowed here.
 */
export function decode(bytes: Uint8Array, start: number, end: number, handles: HandleResolver): unknown {
  const first = bytes[start]!
  if (end - start === 1 && first < 0x80) return first
  if (first === RAW && end - start >= 2) return decodeRaw(bytes, start, end)
  if (start >= end) throw new DecodeError('an empty payload is no value')
  const plain = readPlain(bytes, start, end)
  if (plain !== NOT_PLAIN) return plain
  checkWellFormed(bytes, start, end)
  range.start = start
  range.end = end
  const { handles: outer, unresolved } = revive
  revive.handles = handles
  revive.unresolved = 0
  try {
    const value: unknown = unpackr.unpack(bytes as never, range as never)
    if (revive.unresolved > 0) throw new DecodeError('malformed payload: a reference to nothing')
    return value
  } catch (cause) {
    throw cause instanceof DecodeError ? cause : new DecodeError(`malformed payload: ${String(cause)}`, { cause })
  } finally {
    revive.handles = outer
    revive.unresolved = unresolved
  }
}

/** Whether the payload that begins at `start` is a binary and nothing else. */
export function isBinaryPayload(bytes: Uint8Array, start: number): boolean {
  return bytes[start] === RAW && bytes[start + 1] !== STRING
}

function decodeRaw(bytes: Uint8Array, start: number, end: number): unknown {
  const kind = bytes[start + 1]!
  return kind === STRING ? readText(bytes, start + 2, end) : binaryOf(kind, bytes.subarray(start + 2, end))
}
