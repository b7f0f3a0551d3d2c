import { addExtension, Packr } from 'msgpackr/pack'
import { Unpackr } from 'msgpackr/unpack'
import { type Block, type Blocks, SMALLEST_BLOCK } from './arena.ts'
import { type Binary, binaryKind, binaryOf, binaryOver, bytesOf, isBinary, isDetached } from './binary.ts'
import { allocate, copyBytes, readText, readU32, writeText, writeU32 } from './bytes.ts'
import { DecodeError, EncodeError, MillraceError } from './errors.ts'
import { RANGE_SIZE } from './frame.ts'
import type { Movable } from './handle.ts'
import { inWords } from './in-words.ts'
import { type Found, isPlain, lower } from './lower.ts'
import { NOT_PLAIN, PLAIN_ROOM, readPlain, writeNumber, writePlain } from './plain.ts'
import { arena } from './platform.ts'
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
/** The kind of one that is but a reference: the payload lies in a block of the arena. */
const REFERENCE = 0xfd
/**
 * The kind of one whose buffers are kept apart and have to be fetched; then whether it is a binary and nothing else, and
 * the rest as MessagePack.
 */
const ATTACHED = 0xfb
const ATTACHED_AT = 3
/** What a reference says of a block that is a payload like any other, and not a binary. */
const PAYLOAD = 0xfc
/** The bytes of a reference: its mark and kind, what the block is, its range, offset and size. */
const REFERENCE_SIZE = 3 + 3 * 4
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
  /** The block that the payload refers to, if it is but a reference. */
  block: Block | undefined
  /** The buffers that are to be moved: still the sender's own. */
  buffers: readonly ArrayBuffer[] | undefined
  /** The buffers that were copied, but are to be empty once the item is sent. */
  emptied: readonly ArrayBuffer[] | undefined
}

const NONE: readonly Movable[] = []
const encoded: Encoded = {
  bytes: new Uint8Array(0),
  start: 0,
  end: 0,
  refs: undefined,
  moved: NONE,
  block: undefined,
  buffers: undefined,
  emptied: undefined,
}

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
    if (isBinary(value) && !isDetached(value)) return encodeBinary(value)
    const end = writePlain(value, plain, 0)
    if (end > 0) return result(plain, 0, end)
  }
  return encodeLong(value)
}

/** As `encode`, of what the short way has given up. */
export function encodeLong(value: unknown): Encoded {
  if (isPlain(value)) return pack(value, undefined)
  const found: Found = { refs: [], moved: [] }
  return pack(lower(value, found), found)
}

/** Encodes a value into bytes of its own. */
export function encodeAlone(value: unknown): Encoded {
  return ownCopy(encode(value))
}

/**
 * Encodes a value as an item of a queue: a large one goes to the arena, if there is one with room, and what is encoded
 * is where it lies. The block is the caller's to free if the item is not sent. Where there is none, but buffers can go
 * along as they are, a copy of a large binary does.
 */
export function encodeItem(value: unknown, blocks: Blocks | undefined, attaches: boolean): Encoded {
  if (typeof value === 'object' && value !== null && isBinary(value)) return encodeLarge(value, blocks, attaches)
  return inArena(encode(value), blocks)
}

/** What is left of an `Encoded` when its bytes were copied. */
export interface EncodedBefore {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  readonly refs: readonly string[] | undefined
  readonly moved: readonly Movable[]
}

/** As what `encode` returns: overwritten by the next call of that. */
export function encodedBefore({ bytes, start, end, refs, moved }: EncodedBefore): Encoded {
  result(bytes, start, end)
  encoded.refs = refs
  encoded.moved = moved
  return encoded
}

/** What was encoded, or a reference to it in the arena, if it is large and there is room. */
export function inArena(whole: Encoded, blocks: Blocks | undefined): Encoded {
  if (blocks === undefined) return whole
  // Handles are found by what is in the item itself.
  if (whole.refs !== undefined || whole.end - whole.start < SMALLEST_BLOCK) return whole
  const block = blocks.store(whole.bytes.subarray(whole.start, whole.end))
  return block === undefined ? whole : referTo(blocks.range, block, PAYLOAD)
}

function encodeLarge(value: Binary, blocks: Blocks | undefined, attaches: boolean): Encoded {
  if (isDetached(value) || value.byteLength < SMALLEST_BLOCK) return encode(value)
  const kind = binaryKind(value)
  const block = blocks?.store(bytesOf(value))
  if (block !== undefined) return referTo(blocks!.range, block, kind)
  return attaches ? encodeMoved(binaryOf(kind, bytesOf(value)), blocks, attaches) : encode(value)
}

/**
 * Encodes an item whose buffers are to be moved. Where they can go along as they are, what is encoded is the rest, and
 * `buffers` go along; else they are copied like others, and are `emptied` once the item is sent.
 */
export function encodeMoved(value: unknown, blocks: Blocks | undefined, attaches: boolean): Encoded {
  const buffers: ArrayBuffer[] = []
  const found: Found = { refs: [], moved: [], buffers }
  const lowered = lower(value, found)
  // Handles are found by what is in the item itself.
  if (!attaches || buffers.length === 0 || found.refs.length > 0) {
    encodeItem(value, blocks, false).emptied = buffers
    return encoded
  }
  const { bytes, start, end } = pack(lowered, undefined)
  const alone = allocate(end - start + ATTACHED_AT)
  alone[0] = RAW
  alone[1] = ATTACHED
  alone[2] = isBinary(value as object | null) ? 1 : 0
  copyBytes(bytes, start, end, alone, ATTACHED_AT)
  result(alone, 0, alone.length)
  encoded.buffers = buffers
  return encoded
}

/** Whether the buffers of the payload that begins at `start` have to be fetched. */
export function isAttached(bytes: Uint8Array, start: number): boolean {
  return bytes[start] === RAW && bytes[start + 1] === ATTACHED
}

/** Decodes such a payload, now that they have come. */
export function decodeAttached(
  bytes: Uint8Array,
  start: number,
  end: number,
  handles: HandleResolver,
  attached: readonly ArrayBuffer[],
): unknown {
  revive.attached = attached
  try {
    return decode(bytes, start + ATTACHED_AT, end, handles)
  } finally {
    revive.attached = undefined
  }
}

/** The same in bytes of its own, which no further encoding overwrites. */
export function ownCopy(scratch: Encoded): Encoded {
  const { bytes, start, end } = scratch
  const alone = allocate(end - start)
  copyBytes(bytes, start, end, alone, 0)
  return { ...scratch, bytes: alone, start: 0, end: alone.length }
}

function referTo(range: number, block: Block, content: number): Encoded {
  const bytes = allocate(REFERENCE_SIZE)
  bytes[0] = RAW
  bytes[1] = REFERENCE
  bytes[2] = content
  writeU32(bytes, 3, range)
  writeU32(bytes, 7, block.offset)
  writeU32(bytes, 11, block.size)
  result(bytes, 0, REFERENCE_SIZE)
  encoded.block = block
  return encoded
}

const plain = allocate(PLAIN_ROOM)

/** Set only now, when no getter of the value can encode something else any more. */
function result(bytes: Uint8Array, start: number, end: number, found?: Found): Encoded {
  encoded.bytes = bytes
  encoded.start = start
  encoded.end = end
  encoded.refs = found === undefined || found.refs.length === 0 ? undefined : found.refs
  encoded.moved = found === undefined ? NONE : found.moved
  encoded.block = undefined
  encoded.buffers = undefined
  encoded.emptied = undefined
  return encoded
}

function pack(value: unknown, found: Found | undefined): Encoded {
  try {
    const target = packr.pack(value, RESET_AND_REUSE) as unknown as Uint8Array & { start: number; end: number }
    return result(target, target.start, target.end, found)
  } catch (cause) {
    throw cause instanceof MillraceError ? cause : new EncodeError(`cannot encode: ${inWords(cause)}`, '', { cause })
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
  if (first === RAW && end - start >= 2) return decodeRaw(bytes, start, end, handles)
  if (start >= end) throw new DecodeError('an empty payload is no value')
  const plain = readPlain(bytes, start, end)
  if (plain !== NOT_PLAIN) return plain
  checkWellFormed(bytes, start, end)
  range.start = start
  range.end = end
  const { handles: outer, arrived, unresolved } = revive
  revive.handles = handles
  revive.arrived = undefined
  revive.unresolved = 0
  try {
    const value: unknown = unpackr.unpack(bytes as never, range as never)
    // What stands for what could not be decoded was not looked into.
    if (revive.unresolved > 0 && !revive.sparing) throw new DecodeError('malformed payload: a reference to nothing')
    return value
  } catch (cause) {
    throw cause instanceof DecodeError ? cause : new DecodeError(`malformed payload: ${inWords(cause)}`, { cause })
  } finally {
    revive.handles = outer
    revive.arrived = arrived
    revive.unresolved = unresolved
  }
}

/** Whether the payload that begins at `start` is but a reference to one in the arena. */
export function isReference(bytes: Uint8Array, start: number): boolean {
  return bytes[start] === RAW && bytes[start + 1] === REFERENCE
}

/** The first bytes of the one that it refers to, at most so many. */
export function headOf(bytes: Uint8Array, start: number, count: number): Uint8Array {
  const head = allocate(Math.min(count, readU32(bytes, start + 11)))
  arena()?.read(readU32(bytes, start + 3) * RANGE_SIZE + readU32(bytes, start + 7), head)
  return head
}

/** As `decode`, but an instance that cannot be decoded does no harm to the rest: `Undecodable` is in its place. */
export function decodeSparing(bytes: Uint8Array, start: number, end: number, handles: HandleResolver): unknown {
  revive.sparing = true
  try {
    return decode(bytes, start, end, handles)
  } finally {
    revive.sparing = false
  }
}

/** Whether the payload that begins at `start` is a binary and nothing else. */
export function isBinaryPayload(bytes: Uint8Array, start: number): boolean {
  if (bytes[start] !== RAW) return false
  const kind = bytes[start + 1]!
  if (kind === ATTACHED) return bytes[start + 2] === 1
  return kind === REFERENCE ? bytes[start + 2] !== PAYLOAD : kind !== STRING
}

/** The bytes of a payload, wherever they are. */
export function payloadSizeOf(bytes: Uint8Array, start: number, end: number): number {
  const isReference = end - start === REFERENCE_SIZE && bytes[start] === RAW && bytes[start + 1] === REFERENCE
  return end - start + (isReference ? readU32(bytes, start + 11) : 0)
}

/** Reads the block into bytes of its own. Whoever it is for has not spent the item yet, so the block is still there. */
function decodeReference(bytes: Uint8Array, start: number, end: number, handles: HandleResolver): unknown {
  if (end - start !== REFERENCE_SIZE) throw new DecodeError('malformed payload: a reference of the wrong size')
  const position = readU32(bytes, start + 3) * RANGE_SIZE + readU32(bytes, start + 7)
  const size = readU32(bytes, start + 11)
  if (size > RANGE_SIZE) throw new DecodeError(`malformed payload: a block of ${size} bytes`)
  const block = allocate(size)
  if (arena()?.read(position, block) !== true)
    throw new DecodeError(`the payload of ${size} bytes lies in shared memory that this process cannot read`)
  const content = bytes[start + 2]!
  if (content !== PAYLOAD) return binaryOver(content, block.buffer)
  if (block[0] === RAW && block[1] === REFERENCE) throw new DecodeError('malformed payload: a reference to a reference')
  return decode(block, 0, size, handles)
}

function decodeRaw(bytes: Uint8Array, start: number, end: number, handles: HandleResolver): unknown {
  const kind = bytes[start + 1]!
  if (kind === REFERENCE) return decodeReference(bytes, start, end, handles)
  if (kind === ATTACHED) throw new DecodeError('malformed payload: its buffers were not fetched')
  return kind === STRING ? readText(bytes, start + 2, end) : binaryOf(kind, bytes.subarray(start + 2, end))
}
