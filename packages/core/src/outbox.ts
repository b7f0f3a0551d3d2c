import { type Allowance, Allowances } from './allowances.ts'
import type { Block } from './arena.ts'
import { UnreadBlobs, withContents } from './blob.ts'
import {
  directRoom,
  type Encoded,
  type EncodedBefore,
  encodeDirect,
  encodedBefore,
  encodeItem,
  encodeMoved,
  inArena,
  ownCopy,
} from './codec.ts'
import { EncodeError, FullError, type MillraceError } from './errors.ts'
import { checkRefs, isForeign } from './foreign-refs.ts'
import { FRAME_OVERHEAD, Frame, FULL_BATCH, LENGTH } from './frame.ts'
import type { Lessee, Operation, WaitOptions } from './lessee.ts'
import type { Standing } from './standing.ts'
import { takeOver } from './transfer.ts'

/** What `put` returns for an item that found its slot at once. */
export const PLACED: Promise<void> = Promise.resolve()
const utf8 = new TextEncoder()

/** The largest item, in bytes, that goes straight to its consumer. */
const LARGEST_DIRECT = 32 * 1024

/** How an item is put. */
export interface PutOptions extends WaitOptions {
  /**
   * Moves the ArrayBuffers in the item instead of copying them: they are empty once it is on its way. To a thread or a
   * Web Worker that costs no copy at all; a child process gets them as it gets others.
   */
  readonly transfer?: boolean | undefined
}

/** What was encoded, is nobody's scratch, and may be sent again. */
export interface Sendable extends EncodedBefore {
  /** It could not be sent. */
  refused(reason: unknown): void
}

/**
 * What a context puts into a channel, and the slots that are delegated to it for that.
 *
 * The fast path, a slot in hand, writes the item to the batch and returns; all else is a pending operation.
 */
export class Outbox {
  readonly slots: Lessee
  readonly #standing: Standing
  /** Puts that wait for a slot, and whoever waits for them. */
  #puts = 0
  /** Those among them whose item is not all in its bytes, or large. */
  #awkward = 0
  #onFlushed: Array<() => void> = []
  #broken: MillraceError | undefined
  /** With a bound on bytes: what the slots in hand are good for, the oldest first. */
  readonly #allowances = new Allowances()

  constructor(standing: Standing, slots: Lessee) {
    this.#standing = standing
    this.slots = slots
  }

  /** Puts that wait for a slot. */
  get waiting(): number {
    return this.#puts
  }

  /** Whether one of them has an item that can only go through the hub. */
  get needsHub(): boolean {
    return this.#awkward > 0
  }

  put(item: unknown, options: PutOptions | undefined): Promise<void> {
    return this.#place(item, options, options?.signal?.aborted !== true && this.slots.ready())
  }

  /** `now`: there is a slot for it. */
  #place(item: unknown, options: PutOptions | undefined, now: boolean): Promise<void> {
    const refusal = this.#refusal()
    if (refusal !== undefined) return Promise.reject(refusal)
    const transfer = options?.transfer === true
    try {
      if (now) {
        if (this.#writeDirect(item)) this.#spend()
        else {
          const encoded = this.#encode(item, transfer)
          // A getter of the item may have taken the slot, or closed the channel.
          const late = this.#refusal()
          if (late !== undefined) return this.#discard(encoded, late)
          if (this.#mustWait(encoded)) return this.#putLater(item, ownCopy(encoded), options)
          this.#writeNow(encoded)
        }
        this.#sendIfFull()
        return PLACED
      }
      return this.#putLater(item, ownCopy(this.#encode(item, transfer)), options)
    } catch (error) {
      return error instanceof UnreadBlobs ? this.#putOnceRead(error, item, options) : Promise.reject(error)
    }
  }

  /**
   * As `put`, for one who does not wait for it: `failed` is called if it fails, and nothing if it does not. Settles when
   * that is known, if it is not at once.
   */
  post(item: unknown, failed: (reason: unknown) => void): Promise<void> | undefined {
    const placed = this.#place(item, undefined, this.slots.free)
    return placed === PLACED ? undefined : placed.catch(failed)
  }

  /** Sends a short item that is all in these bytes, if it need not wait; false: `send` does it, or hears why not. */
  sendShort(bytes: Uint8Array, start: number, end: number): boolean {
    const size = end - start
    if (size >= LARGEST_DIRECT || !this.slots.free || !this.allows(size) || this.#refusal() !== undefined) return false
    this.#writeBytes(bytes, start, end)
    this.#spend()
    this.#sendIfFull()
    return true
  }

  /** As `post`, of what was encoded before. */
  send(item: Sendable): void {
    const { bytes, start, end, refs, moved } = item
    if (refs === undefined && moved.length === 0 && this.sendShort(bytes, start, end)) return
    const refusal = this.#refusal()
    if (refusal !== undefined) {
      for (const handle of moved) handle.stays()
      return item.refused(refusal)
    }
    const encoded = inArena(encodedBefore(item), this.#standing.context.blocks)
    if (!this.slots.free || this.#mustWait(encoded))
      return void this.#putLater(undefined, { ...encoded }, undefined).catch((reason) => item.refused(reason))
    this.#writeNow(encoded)
    this.#sendIfFull()
  }

  /** Whether the slot in hand will not do. */
  #mustWait(encoded: Encoded): boolean {
    if (this.slots.tokens === 0 || !this.allows(sizeOf(encoded))) return true
    return (this.#standing.out.narrow && isAwkward(encoded)) || encoded.moved.some(({ isAway }) => isAway)
  }

  /** Blobs have to be read first. Until then this is a put like those that wait: closing the channel does not undo it. */
  async #putOnceRead({ blobs }: UnreadBlobs, item: unknown, options: PutOptions | undefined): Promise<void> {
    this.#puts++
    this.slots.pending(1)
    try {
      const [placed] = await withContents(blobs, () => {
        const refusal = this.#standing.lost ?? this.#broken
        if (refusal !== undefined) throw refusal
        return [this.#putLater(item, ownCopy(this.#encode(item, options?.transfer === true)), options)] as const
      })
      // From here on it counts by itself.
      return placed
    } finally {
      this.#settled()
      this.slots.pending(-1)
    }
  }

  #settled(): void {
    if (--this.#puts === 0) for (const flushed of this.#onFlushed.splice(0)) flushed()
  }

  /** Writes an item with the slot in hand. What goes along may be this very channel, so the slot is spent before. */
  #writeNow(encoded: Encoded): void {
    const { moved } = encoded
    this.#write(encoded)
    this.#spend()
    for (const handle of moved) handle.moved()
  }

  /** Slots arrived, each good for so many bytes, where bytes are bounded. */
  granted(count: number, id: number, each: number): void {
    if (this.#standing.maxbytes > 0) this.#allowances.add(count, each)
    this.slots.granted(count, id)
  }

  /** Whether the slot that is next in hand is good for an item of so many bytes. */
  allows(size: number): boolean {
    return this.#standing.maxbytes === 0 || size <= (this.#allowances.oldest?.each ?? 0)
  }

  /** The oldest `count` slots in hand are no longer. */
  dropFirst(count: number): void {
    if (this.#standing.maxbytes > 0) this.#allowances.release(count)
  }

  /** No slot is in hand any more. */
  dropAll(): void {
    this.#allowances.clear()
  }

  /** So are the oldest, and those after them that are good for the same. */
  dropAlike(): Allowance {
    const { count, each } = this.#allowances.oldest!
    this.#allowances.release(count)
    return { count, each }
  }

  /** Nobody will ever take anything again: refuses what waits, and whatever follows. */
  break(error: MillraceError): void {
    this.#broken = error
    this.slots.fail(error)
  }

  /** Resolves when every put of this process has found its slot. */
  flushed(): Promise<void> {
    return this.#puts === 0 ? PLACED : new Promise((resolve) => this.#onFlushed.push(resolve))
  }

  #spend(): void {
    this.dropFirst(1)
    this.slots.spend()
  }

  #refusal(): MillraceError | undefined {
    return this.#standing.refusal() ?? this.#broken
  }

  #putLater(item: unknown, encoded: Encoded, options: PutOptions | undefined): Promise<void> {
    const { moved } = encoded
    const size = sizeOf(encoded)
    const awkward = isAwkward(encoded)
    if (awkward && this.#standing.out.narrow) this.#standing.out.leave()
    return new Promise((resolve, reject) => {
      const settled = () => {
        if (awkward) this.#awkward--
        for (const end of held) end()
        this.#settled()
      }
      const failed = (reason: unknown) => {
        for (const handle of moved) handle.stays()
        this.#free(encoded)
        settled()
        reject(reason)
      }
      const operation: Operation = {
        serve: () => {
          if (sizeOf(encoded) !== size) {
            this.slots.putBack()
            return failed(new EncodeError('a buffer in the item was emptied or resized while it waited for room'))
          }
          this.dropFirst(1)
          this.#write(encoded)
          for (const handle of moved) handle.moved()
          settled()
          resolve()
          this.#sendIfFull()
        },
        expire: () => failed(new FullError(`${this.#standing.name} stayed full: get from it, or wait longer`, item)),
        fail: failed,
      }
      for (const handle of moved) handle.leaves()
      const held = moved.map((handle) => handle.holdBack(this.slots))
      this.#puts++
      if (awkward) this.#awkward++
      this.slots.wait(operation, options, this.#standing.maxbytes > 0 ? size : 0)
    })
  }

  #encode(item: unknown, transfer: boolean): Encoded {
    const { context } = this.#standing
    let encoded = (transfer ? encodeMoved : encodeItem)(item, context.blocks, context.attaches)
    try {
      checkLength(encoded, context.maxFrame)
      if (encoded.refs?.some(isForeign)) encoded = ownCopy(encoded)
      if (encoded.refs !== undefined) checkRefs(encoded.refs, context)
    } catch (error) {
      this.#free(encoded)
      throw error
    }
    return encoded
  }

  /** Encodes an item straight into the batch; false if it has to be encoded first. */
  #writeDirect(item: unknown): boolean {
    const room = directRoom(item)
    if (room === 0) return false
    const { out } = this.#standing
    const writer = out.write()
    const at = writer.startItem(Frame.PUT, out.number, room)
    const end = encodeDirect(item, writer.slab, at)
    // What was not ended was never there.
    if (!this.allows(end - at)) return false
    writer.endItem(end)
    return true
  }

  #write(encoded: Encoded): void {
    const { moved, emptied } = encoded
    // What the handles have to say is encoded as well, where this item may lie.
    const item = moved.length === 0 ? encoded : ownCopy(encoded)
    for (const handle of moved) handle.moves()
    this.#append(item)
    emptied?.forEach(takeOver)
  }

  /** Appends an item to the batch. */
  #append(encoded: Encoded): void {
    const { bytes, start, end, refs, block, buffers } = encoded
    if (refs !== undefined) return this.#writeRefs(encoded, refs)
    if (block !== undefined) return this.#writeBlock(encoded, block)
    if (buffers !== undefined) return this.#writeMoved(encoded, buffers)
    this.#writeBytes(bytes, start, end)
  }

  #writeBytes(bytes: Uint8Array, start: number, end: number): void {
    const { out } = this.#standing
    out.write().item(Frame.PUT, out.number, bytes, start, end)
  }

  #writeRefs({ bytes, start, end }: Encoded, refs: readonly string[]): void {
    const { context, number } = this.#standing
    const writer = context.begin(Frame.PUT_REFS).u32(number).u32(refs.length)
    for (const ref of refs) writer.sized(utf8.encode(ref))
    writer.sized(bytes.subarray(start, end))
  }

  #writeBlock({ bytes, start, end }: Encoded, { offset, size }: Block): void {
    const { context, number } = this.#standing
    const writer = context.begin(Frame.PUT_BLOCK).u32(number).u32(offset).u32(size)
    writer.sized(bytes.subarray(start, end)).refer(size)
  }

  #writeMoved({ bytes, start, end }: Encoded, buffers: readonly ArrayBuffer[]): void {
    const { context, number } = this.#standing
    const writer = context.begin(Frame.PUT_MOVED).u32(number).u32(buffers.length).u32(0)
    writer.sized(bytes.subarray(start, end))
    for (const buffer of buffers) {
      const own = takeOver(buffer)
      writer.attach(own, own.byteLength)
    }
  }

  #discard(encoded: Encoded, reason: MillraceError): Promise<never> {
    this.#free(encoded)
    return Promise.reject(reason)
  }

  #free({ block }: Encoded): void {
    if (block !== undefined) this.#standing.context.blocks?.free(block.offset)
  }

  /** Once the put is accounted for: sending can bring a recall, and what it gives back is what is left in hand. */
  #sendIfFull(): void {
    const { context, out } = this.#standing
    if (out.size >= FULL_BATCH) context.turn.flush(true)
  }
}

/** @throws EncodeError at an item that no frame has room for */
export function checkLength(encoded: Encoded, maxFrame: number): void {
  let length = sizeOf(encoded)
  if (encoded.refs !== undefined) for (const ref of encoded.refs) length += LENGTH + utf8.encode(ref).length
  const limit = maxFrame - FRAME_OVERHEAD
  if (length <= limit) return
  throw new EncodeError(
    `an item of ${length} bytes is longer than maxFrame allows (${limit} bytes): ` +
      'send it in parts, or raise maxFrame with configure()',
  )
}

/** The bytes that an item takes of the bound. */
function sizeOf({ start, end, block, buffers }: Encoded): number {
  let size = end - start + (block === undefined ? 0 : block.size)
  if (buffers !== undefined) for (const buffer of buffers) size += buffer.byteLength
  return size
}

/** Whether an item can only go through the hub, which keeps account of what it refers to, or is large. */
function isAwkward({ start, end, refs, block, buffers }: Encoded): boolean {
  return refs !== undefined || block !== undefined || buffers !== undefined || end - start > LARGEST_DIRECT
}
