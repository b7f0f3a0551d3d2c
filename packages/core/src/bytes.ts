/** Bytes that the codec and the frames work on; in Node they are `Buffer`s, whose string methods are native. */
interface BufferMethods {
  utf8Write(text: string, at: number): number
  utf8Slice(start: number, end: number): string
}

declare const Buffer: { allocUnsafeSlow(size: number): Uint8Array<ArrayBuffer>; prototype: BufferMethods } | undefined

/** New bytes, not cleared where the platform allows that: write before you read. */
export const allocate: (size: number) => Uint8Array<ArrayBuffer> =
  typeof Buffer === 'undefined' ? (size) => new Uint8Array(size) : (size) => Buffer.allocUnsafeSlow(size)

/** A copy of the chunks, one after the other, in a buffer of just that size. */
export function joined(chunks: readonly Uint8Array[]): ArrayBuffer {
  let length = 0
  for (const chunk of chunks) length += chunk.length
  const copy = allocate(length)
  let at = 0
  for (const chunk of chunks) {
    copy.set(chunk, at)
    at += chunk.length
  }
  return copy.buffer
}

/** A little-endian unsigned 32-bit integer. */
export function readU32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}

export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >>> 8
  bytes[at + 2] = value >>> 16
  bytes[at + 3] = value >>> 24
}

/** Below this a loop is quicker than the call into `set`, and makes no view. */
const LOOP_COPY = 96

export function copyBytes(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  if (end - start > LOOP_COPY) to.set(from.subarray(start, end), at)
  else for (let i = start; i < end; i++) to[at++] = from[i]!
}

const toText = new TextDecoder('utf-8', { ignoreBOM: true })
const fromText = new TextEncoder()
const native = typeof Buffer === 'undefined' ? undefined : Buffer.prototype

/** Writes UTF-8 and returns how many bytes it took; there must be room. */
export const writeText: (bytes: Uint8Array, at: number, text: string) => number =
  native === undefined
    ? (bytes, at, text) => fromText.encodeInto(text, bytes.subarray(at)).written
    : (bytes, at, text) => native.utf8Write.call(bytes as never, text, at)

export const readText: (bytes: Uint8Array, start: number, end: number) => string =
  native === undefined
    ? (bytes, start, end) => toText.decode(bytes.subarray(start, end))
    : (bytes, start, end) => native.utf8Slice.call(bytes as never, start, end)
