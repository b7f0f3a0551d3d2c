import { allocate, copyBytes, readU32 } from './bytes.ts'
import { ProtocolError } from './errors.ts'
import { DEFAULT_MAX_FRAME, HEADER, LAST_TYPE, MAGIC, VERSION } from './frame.ts'

/** Receives whole frames: `bytes` from `start` to `end` is the body. False: take no more. */
export type FrameListener = (type: number, bytes: Uint8Array, start: number, end: number) => boolean

/** Allocated ahead of the bytes that were promised; the rest only as it comes. */
const TRUST = 1024 * 1024

/**
 * Cuts a stream of chunks into frames. A frame inside one chunk is handed out where it lies, without a copy.
 * Throws `ProtocolError` at the first malformed head, before anything is allocated for it.
 */
export class FrameReader {
  readonly #listener: FrameListener
  readonly #maxFrame: number
  readonly #head = new Uint8Array(HEADER)
  #headFilled = 0
  #body: Uint8Array | undefined
  #bodyFilled = 0
  #bodyLength = 0

  constructor(listener: FrameListener, maxFrame = DEFAULT_MAX_FRAME) {
    this.#listener = listener
    this.#maxFrame = maxFrame
  }

  push(chunk: Uint8Array): void {
    let pos = this.#headFilled === 0 ? 0 : this.#resume(chunk)
    while (pos >= 0 && chunk.length - pos >= HEADER) {
      const start = pos + HEADER
      const end = start + this.#check(chunk, pos)
      if (end > chunk.length) break
      pos = this.#listener(chunk[pos + 2]!, chunk, start, end) ? end : -1
    }
    if (pos >= 0 && pos < chunk.length) this.#suspend(chunk, pos)
  }

  /** The body's length, of a head that is well-formed. */
  #check(bytes: Uint8Array, at: number): number {
    if (bytes[at] !== MAGIC || bytes[at + 1] !== VERSION || bytes[at + 3] !== 0)
      throw new ProtocolError(
        `not a frame of version ${VERSION}: it starts with ${bytes[at]}, ${bytes[at + 1]}, flags ${bytes[at + 3]}`,
      )
    const type = bytes[at + 2]!
    if (type === 0 || type > LAST_TYPE) throw new ProtocolError(`unknown frame type ${type}`)
    const length = readU32(bytes, at + 4)
    if (length > this.#maxFrame)
      throw new ProtocolError(`a frame of ${length} bytes is longer than maxFrame, ${this.#maxFrame} bytes`)
    return length
  }

  /** Keeps the beginning of a frame until the rest comes. */
  #suspend(chunk: Uint8Array, pos: number): void {
    const head = Math.min(HEADER, chunk.length - pos)
    copyBytes(chunk, pos, pos + head, this.#head, 0)
    this.#headFilled = head
    if (head === HEADER) this.#fill(chunk, pos + HEADER)
  }

  /** Goes on with a kept frame; returns where in `chunk` the next begins, -1 to stop, its length if all was used. */
  #resume(chunk: Uint8Array): number {
    let pos = 0
    while (this.#headFilled < HEADER) {
      if (pos === chunk.length) return pos
      this.#head[this.#headFilled++] = chunk[pos++]!
    }
    pos = this.#fill(chunk, pos)
    const body = this.#body!
    if (this.#bodyFilled < this.#bodyLength) return pos
    this.#headFilled = 0
    this.#body = undefined
    return this.#listener(this.#head[2]!, body, 0, this.#bodyLength) ? pos : -1
  }

  #fill(chunk: Uint8Array, pos: number): number {
    if (this.#body === undefined) {
      this.#bodyLength = this.#check(this.#head, 0)
      this.#bodyFilled = 0
      this.#body = allocate(Math.min(this.#bodyLength, TRUST))
    }
    const end = Math.min(chunk.length, pos + this.#bodyLength - this.#bodyFilled)
    const filled = this.#bodyFilled + end - pos
    if (filled > this.#body.length) {
      const larger = allocate(Math.min(this.#bodyLength, Math.max(filled, this.#body.length * 2)))
      larger.set(this.#body.subarray(0, this.#bodyFilled))
      this.#body = larger
    }
    copyBytes(chunk, pos, end, this.#body, this.#bodyFilled)
    this.#bodyFilled = filled
    return end
  }
}
