import { allocate, copyBytes, readU32, writeU32 } from './bytes.ts'
import { ProtocolError } from './errors.ts'

/**
 * The wire protocol, version 1.
 *
 * A link carries a stream of frames each way. All integers are unsigned 32-bit little-endian unless said.
 *
 *     0        1        2        3        4               8
 *     | magic  | version| type   | 0      | body length   | body ...
 *
 * | frame      | direction   | body                                         | meaning |
 * |------------|-------------|----------------------------------------------|---------|
 * | START      | once, down  | payload                                      | what to run; MUST be the first frame, if there is one |
 * | OPEN       | peer → hub  | channel, payload [id, kind, options or null] | binds a channel to a primitive; options create it |
 * | RELEASE    | peer → hub  | channel                                      | lets the channel go: as the peer's death, for it alone |
 * | ASK        | peer → hub  | channel, lane, id, count, cost, nowait, window | `count` waiters `id ..`, tokens wanted |
 * | CANCEL     | peer → hub  | channel, lane, id                            | that waiter wants nothing any more |
 * | PUT        | peer → hub  | channel, count, 0, items                     | spends `count` slots |
 * | PUT_REFS   | peer → hub  | channel, n, n × (length, id), item           | as PUT, one item that holds the handles `id` |
 * | SPENT      | peer → hub  | channel, lane, count, window                 | `count` tokens of the lane were spent |
 * | ACK        | peer → hub  | channel, number                              | the item that was spent as that number (from 1; 0: the oldest) is done |
 * | RETURN     | peer → hub  | channel, lane, count, window, cost           | gives back the newest `count`; MUST answer each RECALL |
 * | CALL       | peer → hub  | channel, call, payload [operation, ...args]  | asks; MUST be answered by one REPLY |
 * | GRANT      | hub → peer  | channel, lane, count, id, cost               | delegates tokens; if it has a cost, to waiter `id` alone |
 * | ITEMS      | hub → peer  | channel, count, deliveries, items            | delegates items, handed out for the so-manieth time |
 * | DENY       | hub → peer  | channel, lane, id                            | a nowait waiter gets nothing |
 * | RECALL     | hub → peer  | channel, lane                                | give back what is unspent |
 * | REPLY      | hub → peer  | call, failed, payload                        | the answer, or its error |
 * | NOTICE     | hub → peer  | channel, payload                             | news of the primitive, such as its shutdown |
 * | TUNNEL     | both        | tunnel, bytes                                | the link of a peer's own child, carried along |
 * | TUNNEL_OPEN| peer → hub  | tunnel                                       | the peer started a child |
 * | TUNNEL_END | both        | tunnel                                       | that child, or its connection, is gone |
 *
 * An item is its length followed by that many bytes of payload (see `codec.ts`), which the hub never decodes.
 * A receiver MUST refuse a wrong magic, version, type or length by closing the link, and MUST check a length before it
 * allocates. A peer MUST NOT spend a token that it was not given.
 *
 *     producer                     hub                      consumer
 *        | OPEN, ASK(slots) ------> |                           |
 *        | <------ GRANT(slots, n)  | <------- OPEN, ASK(items) |
 *        | PUT(item, item) -------> |                           |
 *        |                          | ITEMS(item, item) ------> |
 *        |                          | <------- SPENT(items, 2)  |
 *        | <------ GRANT(slots, 2)  |                           |
 */
export const Frame = {
  START: 1,
  ACK: 2,
  OPEN: 3,
  RELEASE: 4,
  ASK: 5,
  CANCEL: 6,
  PUT: 7,
  PUT_REFS: 8,
  SPENT: 9,
  RETURN: 10,
  CALL: 11,
  GRANT: 12,
  ITEMS: 13,
  DENY: 14,
  RECALL: 15,
  REPLY: 16,
  NOTICE: 17,
  TUNNEL: 18,
  TUNNEL_OPEN: 19,
  TUNNEL_END: 20,
} as const

const LAST_TYPE = Frame.TUNNEL_END
const MAGIC = 0x4d
const VERSION = 1
const HEADER = 8
const LENGTH = 4

/** The longest frame that is accepted, in bytes, unless configured otherwise. */
export const DEFAULT_MAX_FRAME = 16 * 1024 * 1024

/** What a frame needs besides an item: no item may be longer than the frame limit less this. */
export const FRAME_OVERHEAD = 64

/** Where the items of a PUT or ITEMS frame begin in its body. */
export const ITEMS_AT = 12

/** A batch of this many bytes leaves at once, so that its reader can begin while the next is written. */
export const FULL_BATCH = 64 * 1024

const FIRST_SLAB = 4 * 1024
const LAST_SLAB = 64 * 1024
/** From here on a payload is sent from where it lies instead of being copied into the batch. */
const LEND = 8 * 1024

/** Items that lie one after the other, each its length and its payload, in `bytes` from `start` to `end`. */
export interface ItemRun {
  bytes: Uint8Array
  start: number
  end: number
  count: number
  /** How often these items were handed out, this time included; 0 before the first. */
  deliveries: number
}

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
  /** Frames begun so far, those that items make aside, and batches handed out. */
  epoch = 0

  /** Bytes written since the last `take`. */
  get size(): number {
    return this.#chunked + this.#pos - this.#from
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

  /** Appends items as they lie in the run. */
  copyItems(type: number, channel: number, run: ItemRun): void {
    const { bytes, start, end, count, deliveries } = run
    if (end - start >= LEND) return this.#lendItems(type, channel, run)
    this.#ensureItems(type, channel, end - start, deliveries)
    copyBytes(bytes, start, end, this.#slab, this.#pos)
    this.#pos += end - start
    this.#itemsCount += count
  }

  /** The batch so far; the writer starts anew. */
  take(): Uint8Array[] {
    this.#close()
    this.#cut()
    const chunks = this.#chunks
    this.#chunks = []
    this.#chunked = 0
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
