import { addExtension, Packr, Unpackr } from 'msgpackr/pack'
import { type Binary, binaryKind, binaryOf, bytesOf, isBinary } from './binary.ts'
import { allocate, copyBytes, readText, writeText } from './bytes.ts'
import { DecodeError, EncodeError, MillraceError } from './errors.ts'
import { isPlain, lower } from './lower.ts'
import { type HandleResolver, revive, Tagged } from './revive.ts'

/**
 * Values to bytes and back.
 *
 * A payload is MessagePack, written by msgpackr as plain, self-contained maps, since the hub relays what it never
 * decoded. What MessagePack lacks (Map, Error, handles, ...) travels as one extension, `Tagged`: see `lower.ts` for
 * the way out and `revive.ts` for the way in. For speed some payloads take a shorter way: numbers, booleans and
 * nothing are written here, as msgpackr would, and one that is a single binary or string starts with `RAW`, a byte
 * that MessagePack never uses, and its kind.
 */
const TAGGED = 0x4d
const RAW = 0xc1
/** The kind of a raw payload that is a string in UTF-8. */
const STRING = 0xfe
/** Room for what is written without msgpackr. */
const SMALL = 16
/** Up to this length msgpackr reads strings and keys the quick way, provided that the payload starts its buffer. */
const QUICK = 139

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
}

const encoded: Encoded = { bytes: new Uint8Array(0), start: 0, end: 0, refs: undefined }
const small = allocate(SMALL)
const smallView = new DataView(small.buffer, small.byteOffset, SMALL)

/**
 * Encodes a value; the result is overwritten by the next call.
 * @throws EncodeError naming the path to what cannot be encoded.
 */
export function encode(value: unknown): Encoded {
  encoded.refs = undefined
  const end = encodeSmall(value)
  if (end > 0) {
    encoded.bytes = small
    encoded.start = 0
    encoded.end = end
    return encoded
  }
  if (typeof value === 'string') return encodeString(value)
  if (typeof value === 'object' && isBinary(value)) return encodeBinary(value)
  return pack(isPlain(value) ? value : lower(value, encoded))
}

/** Encodes a value into bytes of its own. */
export function encodeAlone(value: unknown): Encoded {
  const { bytes, start, end, refs } = encode(value)
  const alone = allocate(end - start)
  copyBytes(bytes, start, end, alone, 0)
  return { bytes: alone, start: 0, end: alone.length, refs }
}

function pack(value: unknown): Encoded {
  let target: { start: number; end: number }
  try {
    target = packr.pack(value, RESET_AND_REUSE) as never
  } catch (cause) {
    throw cause instanceof MillraceError ? cause : new EncodeError(`cannot encode: ${String(cause)}`, '', { cause })
  }
  encoded.bytes = target as unknown as Uint8Array
  encoded.start = target.start
  encoded.end = target.end
  return encoded
}

/** Writes what fits a few bytes into `small`; 0 for anything else. */
function encodeSmall(value: unknown): number {
  switch (typeof value) {
    case 'number':
      return encodeNumber(value)
    case 'boolean':
      small[0] = value ? 0xc3 : 0xc2
      return 1
    case 'object':
      if (value !== null) return 0
      small[0] = 0xc0
      return 1
    case 'undefined':
      small[0] = 0xd4
      small[1] = 0
      small[2] = 0
      return 3
    default:
      return 0
  }
}

function encodeNumber(value: number): number {
  if (value >= 0 && value < 0x80 && Number.isInteger(value) && !Object.is(value, -0)) {
    small[0] = value
    return 1
  }
  if (value >>> 0 === value && value !== 0) {
    small[0] = 0xce
    smallView.setUint32(1, value)
    return 5
  }
  if ((value | 0) === value && value !== 0) {
    small[0] = 0xd2
    smallView.setInt32(1, value)
    return 5
  }
  small[0] = 0xcb
  smallView.setFloat64(1, value)
  return 9
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
  encoded.bytes = target
  encoded.start = 0
  encoded.end = length + 2
  return encoded
}

const range = { start: 0, end: 0 }
const quick = allocate(QUICK)

/**
 * Decodes one payload, wherever it lies. What it returns shares no memory with `bytes`.
 * @throws DecodeError if the bytes are malformed or hold what is not allowed here.
 */
export function decode(bytes: Uint8Array, start: number, end: number, handles: HandleResolver): unknown {
  const first = bytes[start]!
  if (end - start === 1 && first < 0x80) return first
  if (first === RAW && end - start >= 2) return decodeRaw(bytes, start, end)
  if (start >= end) throw new DecodeError('an empty payload is no value')
  if (end - start <= QUICK) {
    copyBytes(bytes, start, end, quick, 0)
    bytes = quick
    end -= start
    start = 0
  }
  range.start = start
  range.end = end
  const outer = revive.handles
  revive.handles = handles
  try {
    return unpackr.unpack(bytes as never, range as never)
  } catch (cause) {
    throw cause instanceof DecodeError ? cause : new DecodeError(`malformed payload: ${String(cause)}`, { cause })
  } finally {
    revive.handles = outer
  }
}

function decodeRaw(bytes: Uint8Array, start: number, end: number): unknown {
  const kind = bytes[start + 1]!
  return kind === STRING ? readText(bytes, start + 2, end) : binaryOf(kind, bytes.subarray(start + 2, end))
}
