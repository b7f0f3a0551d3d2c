import { DecodeError, EncodeError } from './errors.ts'

/** Kinds of binary, by their place in this list. The order is part of the protocol. */
const BINARIES = [
  Uint8Array,
  ArrayBuffer,
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
] as const
/** The number of Node's own class. */
export const BUFFER = 0xff

export type Binary = ArrayBuffer | ArrayBufferView

export function isBinary(value: object | null): value is Binary {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer
}

/** A view of the bytes, not a copy. */
export function bytesOf(value: Binary): Uint8Array {
  return ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value)
}

/** The number of a binary's class; an unknown subclass travels as the plain class below it. */
export function binaryKind(value: Binary): number {
  if (value.constructor.name === 'Buffer') return BUFFER
  const exact = BINARIES.indexOf(value.constructor as never)
  const kind = exact >= 0 ? exact : BINARIES.findIndex((type) => value instanceof type)
  if (kind < 0) throw new EncodeError(`cannot encode a ${value.constructor.name}: copy it into an ArrayBuffer`)
  return kind
}

/** Whether its memory went elsewhere, with a `postMessage` or with an item. */
export function isDetached(value: Binary): boolean {
  // A DataView does not even tell its length then.
  if (!(value instanceof DataView) && value.byteLength > 0) return false
  try {
    bytesOf(value)
    return false
  } catch {
    return true
  }
}

declare const Buffer: { from(buffer: ArrayBuffer, offset: number, length: number): Uint8Array } | undefined

/** A binary of that kind over a copy of the bytes. */
export function binaryOf(kind: number, bytes: Uint8Array): unknown {
  return binaryOver(kind, new Uint8Array(bytes).buffer)
}

/** A binary of that kind over the buffer itself, or `length` bytes of it from `offset` on. */
export function binaryOver(kind: number, buffer: ArrayBuffer, offset = 0, length = buffer.byteLength): unknown {
  if (kind === BUFFER)
    return typeof Buffer === 'undefined' ? new Uint8Array(buffer, offset, length) : Buffer.from(buffer, offset, length)
  const type = BINARIES[kind]
  if (type === undefined) throw new DecodeError(`unknown kind of binary: ${kind}`)
  if (type === ArrayBuffer) return buffer
  const each = (type as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1
  try {
    if (length % each !== 0) throw new RangeError(`it takes ${each} bytes for each element`)
    return new (type as Uint8ArrayConstructor)(buffer, offset, length / each)
  } catch (cause) {
    throw new DecodeError(`${length} bytes at ${offset} are no ${type.name}`, { cause })
  }
}

/** Whether a buffer that goes along with a message is gone here then; a shared one is in both places. */
export function isMovable(buffer: ArrayBuffer): boolean {
  return buffer instanceof ArrayBuffer
}
