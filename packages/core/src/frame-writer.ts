import { allocate, copyBytes, writeU32 } from './bytes.ts'
import { FRAME_OVERHEAD, HEADER, ITEMS_AT, type ItemRun, LENGTH, MAGIC, VERSION } from './frame.ts'
import type { Attachment } from './transport.ts'

const FIRST_SLAB = 4 * 1024
const LAST_SLAB = 64 * 1024
/** From here on a payload is sent from where it lies instead of being copied into the batch. */
const LEND = 8 * 1024

/** How much a byte in the arena counts towards the size of a batch. */
const REFERRED_WEIGHT = 1 / 4

/**
 * Builds a batch of frames.
 *
 * Consecutive items for one channel share a frame, so a thousand puts are one frame of a thousand items.
 * Invariant: a frame lies in one chunk, or its head ends one chunk and its only item is the next.
 */
export class FrameWriter {
  #slab = new Uint8Array(0)
  #nextSlab = FIRST_SLAB
  #pos = 0
  /** Where the part of the slab that was not handed out begins. */
  #from = 0
  #frame = -1
  #itemsType = 0
  #itemsChannel = 0
  #itemsCount = 0
  #itemsNote = 0
  #chunks: Uint8Array[] = []
  #chunked = 0
  #elsewhere = 0
  #attachments: Attachment[] | undefined
  /** Frames begun so far, those that items make aside, and batches handed out. */
  epoch = 0

  /** Bytes written since the last `take`, and what stands for those in the arena. */
  get size(): number {
    return this.#chunked + this.#pos - this.#from + this.#elsewhere
  }

  /** What was just written refers to so many bytes in the arena: they do not travel, but they make a batch worth sending. */
  refer(bytes: number): void {
    this.#elsewhere += bytes * REFERRED_WEIGHT
  }

  /** Starts a frame; the next `begin`, item or `take` ends it. */
  begin(type: number): this {
    this.epoch++
    this.#close()
    this.#ensure(FRAME_OVERHEAD)
    this.#header(type)
    return this
  }

  u32(value: number): this {
    writeU32(this.#slab, this.#pos, value)
    this.#pos += 4
    return this
  }

  /** Appends bytes to the frame that `begin` started. */
  bytes(payload: Uint8Array): this {
    this.#ensure(payload.length)
    copyBytes(payload, 0, payload.length, this.#slab, this.#pos)
    this.#pos += payload.length
    return this
  }

  /** As `bytes`, with the length ahead of them. */
  sized(payload: Uint8Array): this {
    this.#ensure(LENGTH)
    return this.u32(payload.length).bytes(payload)
  }

  /** Makes room for an item of up to `room` bytes and returns where in `slab` it goes; `endItem` follows. */
  startItem(type: number, channel: number, room: number): number {
    this.#ensureItems(type, channel, LENGTH + room)
    return this.#pos + LENGTH
  }

  get slab(): Uint8Array {
    return this.#slab
  }

  /** Where in `slab` the next integer goes. */
  get at(): number {
    return this.#pos
  }

  endItem(end: number): void {
    writeU32(this.#slab, this.#pos, end - this.#pos - LENGTH)
    this.#pos = end
    this.#itemsCount++
  }

  /** Appends the item that lies there. */
  item(type: number, channel: number, bytes: Uint8Array, start: number, end: number): void {
    const length = end - start
    this.#ensureItems(type, channel, LENGTH + length)
    writeU32(this.#slab, this.#pos, length)
    copyBytes(bytes, start, end, this.#slab, this.#pos + LENGTH)
    this.#pos += LENGTH + length
    this.#itemsCount++
  }

  /** Appends items as they lie in the run. */
  copyItems(type: number, channel: number, run: ItemRun): void {
    const { bytes, start, end, count, deliveries } = run
    if (end - start >= LEND) return this.#lendItems(type, channel, run)
    this.#ensureItems(type, channel, end - start, deliveries)
    copyBytes(bytes, start, end, this.#slab, this.#pos)
    this.#pos += end - start
    this.#itemsCount += count
  }

  /** What was just written stands for so many bytes that go along as they are. */
  attach(attachment: Attachment, bytes: number): void {
    this.#attachments ??= []
    this.#attachments.push(attachment)
    this.refer(bytes)
  }

  /** The attachments of the batch that `take` returns; call it before. */
  takeAttachments(): Attachment[] | undefined {
    const attachments = this.#attachments
    this.#attachments = undefined
    return attachments
  }

  /** The batch so far; the writer starts anew. */
  take(): Uint8Array[] {
    this.#close()
    this.#cut()
    const chunks = this.#chunks
    this.#chunks = []
    this.#chunked = 0
    this.#elsewhere = 0
    this.epoch++
    return chunks
  }

  #lendItems(type: number, channel: number, { bytes, start, end, count, deliveries }: ItemRun): void {
    const items = bytes.subarray(start, end)
    this.#close()
    this.#ensure(FRAME_OVERHEAD)
    this.#header(type)
    this.u32(channel).u32(count).u32(deliveries)
    writeU32(this.#slab, this.#frame + LENGTH, this.#pos - this.#frame - HEADER + items.length)
    this.#frame = -1
    this.#cut()
    this.#chunks.push(items)
    this.#chunked += items.length
  }

  #ensureItems(type: number, channel: number, room: number, note = 0): void {
    const joins = this.#itemsType === type && this.#itemsChannel === channel && this.#itemsNote === note
    if (joins && this.#pos + room <= this.#slab.length) return
    this.#close()
    this.#ensure(HEADER + ITEMS_AT + room)
    this.#header(type)
    this.u32(channel).u32(0).u32(note)
    this.#itemsType = type
    this.#itemsChannel = channel
    this.#itemsNote = note
    this.#itemsCount = 0
  }

  #header(type: number): void {
    const slab = this.#slab
    const at = this.#pos
    this.#frame = at
    slab[at] = MAGIC
    slab[at + 1] = VERSION
    slab[at + 2] = type
    slab[at + 3] = 0
    this.#pos = at + HEADER
  }

  #close(): void {
    if (this.#frame < 0) return
    if (this.#itemsType !== 0) {
      if (this.#itemsCount === 0) this.#pos = this.#frame
      else writeU32(this.#slab, this.#frame + HEADER + 4, this.#itemsCount)
      this.#itemsType = 0
    }
    if (this.#pos !== this.#frame) writeU32(this.#slab, this.#frame + 4, this.#pos - this.#frame - HEADER)
    this.#frame = -1
  }

  /** Makes room, moving an unfinished frame along, so that it stays in one chunk. */
  #ensure(room: number): void {
    if (this.#pos + room <= this.#slab.length) return
    const keep = this.#frame < 0 ? this.#pos : this.#frame
    const old = this.#slab
    const unfinished = this.#pos - keep
    this.#pos = keep
    this.#cut()
    this.#slab = allocate(Math.max(this.#nextSlab, unfinished + room))
    this.#nextSlab = Math.min(this.#nextSlab * 2, LAST_SLAB)
    copyBytes(old, keep, keep + unfinished, this.#slab, 0)
    this.#from = 0
    this.#pos = unfinished
    if (this.#frame >= 0) this.#frame = 0
  }

  #cut(): void {
    if (this.#pos === this.#from) return
    this.#chunks.push(this.#slab.subarray(this.#from, this.#pos))
    this.#chunked += this.#pos - this.#from
    this.#from = this.#pos
  }
}
