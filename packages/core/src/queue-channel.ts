import { copyBytes, readU32, writeU32 } from './bytes.ts'
import { directRoom, type Encoded, encode, encodeAlone, encodeDirect, ownCopy } from './codec.ts'
import type { Channel, Context } from './context.ts'
import { Deque } from './deque.ts'
import { ClosedError, EmptyError, EncodeError, FullError, type MillraceError, ValueError } from './errors.ts'
import { FRAME_OVERHEAD, Frame, FULL_BATCH, type ItemRun } from './frame.ts'
import { Lessee, type LesseeOutlet, type Operation, type WaitOptions } from './lessee.ts'
import { ITEMS, SLOTS } from './primitives/queue.ts'

/** What a queue was made with. */
export interface QueueOptions {
  /** At most this many items are put and not yet taken; 0 or less, the default: no bound. */
  readonly maxsize?: number | undefined
  /** At most this many encoded bytes are; a larger item goes through when the queue is empty. Default: no bound. */
  readonly maxbytes?: number | undefined
}

const DONE = Promise.resolve()

/** From this many on, taken items are reported without delay. */
const WORTH_A_REPORT = 128

/**
 * This context's end of a queue: the slots and the items that are delegated to it.
 *
 * The fast paths, `put` with a slot in hand and `get` with an item in hand, write to the batch or read from it and
 * return; all else is a pending `Operation` of a `Lessee`.
 */
export class QueueChannel implements Channel {
  readonly slots: Lessee
  readonly items: Lessee
  /** Items taken so far in this context. */
  taken = 0
  /** Told the number of each taking. */
  onTake: ((number: number) => void) | undefined
  readonly #context: Context
  readonly #number: number
  readonly #maxbytes: number
  readonly #name: string
  readonly #inbox = new Deque<ItemRun>()
  #unreported = 0
  /** How many of them there were when the report was last put off. */
  #postponed = 0
  /** Where the count of the latest report lies. More is added to it as long as nothing but items was written after. */
  #reportSlab: Uint8Array = new Uint8Array(0)
  #reportAt = 0
  #reportEpoch = -1
  readonly #worthAReport: number
  #closed = false
  #lost: MillraceError | undefined
  /** Operations pending, calls aside. */
  #operations = 0
  /** Puts that wait for a slot, and whoever waits for them. */
  #puts = 0
  #onFlushed: Array<() => void> = []
  #keepsContext = true
  #onIdle: (() => void) | undefined

  constructor(context: Context, handle: object, id: string, kind: string, options: QueueOptions, create: boolean) {
    this.#context = context
    this.#maxbytes = options.maxbytes ?? 0
    this.#worthAReport = options.maxsize ? Math.min(WORTH_A_REPORT, options.maxsize / 8) : WORTH_A_REPORT
    this.#name = `${kind} ${id}`
    this.slots = new Lessee(this.#outlet(SLOTS), context.turn, context.clock)
    this.items = new Lessee(this.#outlet(ITEMS), context.turn, context.clock)
    this.#number = context.open(this, handle, id, kind, create ? options : null)
  }

  /** What the frames of this channel call it. */
  get number(): number {
    return this.#number
  }

  /** Pending operations on this channel stop keeping the context from ending; they stay pending. */
  unref(): void {
    if (!this.#keepsContext) return
    this.#keepsContext = false
    for (let i = 0; i < this.#operations; i++) this.#context.pending(-1)
  }

  put(item: unknown, options: WaitOptions | undefined): Promise<void> {
    const refusal = this.#refusal()
    if (refusal !== undefined) return Promise.reject(refusal)
    try {
      if (options?.signal?.aborted !== true && this.slots.ready()) {
        if (!this.#writeDirect(item)) {
          const encoded = encode(item)
          // A getter of the item may have taken the slot, or closed the queue.
          const late = this.#refusal()
          if (late !== undefined) return Promise.reject(late)
          if (this.slots.tokens === 0) return this.#putLater(item, ownCopy(encoded), options)
          this.#write(encoded)
        }
        this.slots.spend()
        this.#sendIfFull()
        return DONE
      }
      return this.#putLater(item, encodeAlone(item), options)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Resolves with what `take` makes of the oldest item, once there is one. */
  get<R>(take: () => R, options: WaitOptions | undefined): Promise<R> {
    const refusal = this.#refusal()
    if (refusal !== undefined) return Promise.reject(refusal)
    if (options?.signal?.aborted !== true && this.items.ready()) {
      this.items.spend()
      try {
        return Promise.resolve(take())
      } catch (error) {
        return Promise.reject(error)
      }
    }
    return new Promise((resolve, reject) => this.getLater(() => resolve(take()), reject, options))
  }

  /** Waits for an item; `serve` has to `take` it. */
  getLater(serve: () => void, reject: (reason: unknown) => void, options: WaitOptions | undefined): void {
    this.items.wait(
      {
        serve: () => {
          try {
            serve()
          } catch (error) {
            reject(error)
          }
        },
        expire: () => reject(new EmptyError(`${this.#name} stayed empty: nothing was put in time`)),
        fail: reject,
      },
      options,
    )
  }

  /** Takes the oldest item in hand; its token must have been spent. A field, to be passed along. */
  readonly take = (): unknown => {
    this.taken++
    this.onTake?.(this.taken)
    const run = this.#inbox.peek()!
    const start = run.start + 4
    const end = start + readU32(run.bytes, run.start)
    run.start = end
    if (--run.count === 0) this.#inbox.shift()
    try {
      return this.#context.decode(run.bytes, start, end)
    } finally {
      // Not before: until then the item keeps alive what the handles in it stand for, and decoding opens them.
      this.#spentOne()
    }
  }

  /** How often the item that `take` returns next was handed out. */
  get nextDeliveries(): number {
    return this.#inbox.peek()!.deliveries
  }

  async size(): Promise<{ length: number; full: boolean }> {
    const [length, full] = (await this.call('size')) as [number, boolean]
    return { length, full }
  }

  call(operation: string, ...args: unknown[]): Promise<unknown> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost)
    return this.#context.call(this.#number, operation, ...args)
  }

  ack(number: number): void {
    this.#context.begin(Frame.ACK).u32(this.#number).u32(number)
  }

  /** This process puts and gets no more; what it put is still on its way. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.items.fail(this.#refusal())
    this.#returnAll()
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Resolves when every put of this process has found its slot. */
  flushed(): Promise<void> {
    return this.#puts === 0 ? DONE : new Promise((resolve) => this.#onFlushed.push(resolve))
  }

  waitingPuts(): string | undefined {
    return this.#puts > 0 && this.#keepsContext ? `${this.#puts} items for ${this.#name}` : undefined
  }

  /** Calls `idle` once nothing is pending, perhaps at once. */
  whenIdle(idle: () => void): void {
    if (this.#operations === 0) idle()
    else this.#onIdle = idle
  }

  /** Lets the channel go: the hub takes back what it had delegated. */
  release(id: string): void {
    if (this.#lost === undefined) this.#context.release(this.#number, id)
  }

  onGrant(_lane: number, count: number, id: number, cost: number): void {
    this.slots.granted(count, id, cost)
    if (this.#closed) this.#returnAll()
  }

  onItems(run: ItemRun): void {
    this.#inbox.push(run)
    this.items.granted(run.count, 0, 0)
    if (this.#closed) this.#returnAll()
  }

  onDeny(lane: number, id: number): void {
    this.#lane(lane).denied(id)
  }

  onRecall(lane: number): void {
    this.#lane(lane).recalled()
  }

  onNotice(news: unknown): void {
    if (news === 'gone') this.lost(new ValueError(`${this.#name} is gone: nobody held it any more`))
  }

  /**
   * A trickle of small reports would make the producer trickle in its turn, both waking for every few items. So a
   * report waits for more as long as more arrives, while it is a small part of the bound.
   */
  mayReportLater(): boolean {
    const came = this.#unreported - this.#postponed
    this.#postponed = this.#unreported
    return came > 0 && this.#unreported < this.#worthAReport
  }

  report(): void {
    const count = this.#unreported
    this.#unreported = 0
    this.#postponed = 0
    this.items.slowDown()
    const writer = this.#context.begin(Frame.SPENT).u32(this.#number).u32(ITEMS)
    this.#reportSlab = writer.slab
    this.#reportAt = writer.at
    this.#reportEpoch = writer.epoch
    writer.u32(count).u32(this.items.window)
  }

  lost(error: MillraceError): void {
    this.#lost = error
    this.#inbox.clear()
    this.slots.fail(error)
    this.items.fail(error)
  }

  #refusal(): MillraceError | undefined {
    if (this.#lost !== undefined) return this.#lost
    return this.#closed ? new ClosedError(`${this.#name} is closed in this process`) : undefined
  }

  #putLater(item: unknown, encoded: Encoded, options: WaitOptions | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const settled = () => {
        if (--this.#puts === 0) for (const flushed of this.#onFlushed.splice(0)) flushed()
      }
      const operation: Operation = {
        serve: () => {
          this.#write(encoded)
          settled()
          resolve()
          this.#sendIfFull()
        },
        expire: () => {
          settled()
          reject(new FullError(`${this.#name} stayed full: get from it, or wait longer`, item))
        },
        fail: (reason) => {
          settled()
          reject(reason)
        },
      }
      this.#check(encoded)
      this.#puts++
      this.slots.wait(operation, options, this.#maxbytes > 0 ? encoded.end - encoded.start : 0)
    })
  }

  /** Encodes an item straight into the batch; false if it has to be encoded first. */
  #writeDirect(item: unknown): boolean {
    const room = directRoom(item)
    if (room === 0) return false
    const writer = this.#context.write()
    const at = writer.startItem(Frame.PUT, this.#number, room)
    writer.endItem(encodeDirect(item, writer.slab, at))
    return true
  }

  /** Appends an item to the batch. */
  #write(encoded: Encoded): void {
    const { bytes, start, end, refs } = encoded
    if (end - start > SMALL_ITEM) this.#check(encoded)
    if (refs !== undefined) return this.#writeRefs(encoded, refs)
    const writer = this.#context.write()
    const at = writer.startItem(Frame.PUT, this.#number, end - start)
    copyBytes(bytes, start, end, writer.slab, at)
    writer.endItem(at + end - start)
  }

  /** Once the put is accounted for: sending can bring a recall, and what it gives back is what is left in hand. */
  #sendIfFull(): void {
    if (this.#context.link.writer.size >= FULL_BATCH) this.#context.turn.flush(true)
  }

  #writeRefs({ bytes, start, end }: Encoded, refs: readonly string[]): void {
    const writer = this.#context.begin(Frame.PUT_REFS).u32(this.#number).u32(refs.length)
    for (const ref of refs) writer.sized(new TextEncoder().encode(ref))
    writer.sized(bytes.subarray(start, end))
  }

  #check({ start, end }: Encoded): void {
    const limit = this.#context.maxFrame - FRAME_OVERHEAD
    if (end - start > limit)
      throw new EncodeError(
        `an item of ${end - start} bytes is longer than maxFrame allows (${limit} bytes): ` +
          'send it in parts, or raise maxFrame with configure()',
      )
  }

  #spentOne(): void {
    if (this.#reportEpoch === this.#context.link.writer.epoch) {
      writeU32(this.#reportSlab, this.#reportAt, readU32(this.#reportSlab, this.#reportAt) + 1)
    } else if (this.#unreported++ === 0) this.#context.reportLater(this)
  }

  #returnAll(): void {
    this.slots.window = 0
    this.items.window = 0
    this.slots.recalled()
    this.items.recalled()
  }

  #lane(lane: number): Lessee {
    return lane === SLOTS ? this.slots : this.items
  }

  #outlet(lane: number): LesseeOutlet {
    const context = this.#context
    return {
      ask: (id, cost, nowait, window) =>
        void context
          .begin(Frame.ASK)
          .u32(this.#number)
          .u32(lane)
          .u32(id)
          .u32(cost)
          .u32(nowait ? 1 : 0)
          .u32(window),
      cancel: (id) => void context.begin(Frame.CANCEL).u32(this.#number).u32(lane).u32(id),
      giveBack: (count, cost, window) => {
        if (lane === ITEMS) this.#dropLast(count)
        context.begin(Frame.RETURN).u32(this.#number).u32(lane).u32(count).u32(cost).u32(window)
      },
      pending: (change) => {
        this.#operations += change
        if (this.#keepsContext) context.pending(change)
        // Later, since the operation that was just settled has still to use its token.
        if (this.#operations === 0 && this.#onIdle !== undefined) void DONE.then(() => this.#becomeIdle())
      },
    }
  }

  #becomeIdle(): void {
    if (this.#operations > 0) return
    const idle = this.#onIdle
    this.#onIdle = undefined
    idle?.()
  }

  /** Forgets the newest items in hand: they go back to the hub, which kept them. */
  #dropLast(count: number): void {
    for (let left = count; left > 0; ) {
      const run = this.#inbox.peekLast()!
      if (run.count <= left) {
        this.#inbox.pop()
        left -= run.count
      } else {
        run.count -= left
        left = 0
      }
    }
  }
}

/** Too small for any limit: not worth a look. */
const SMALL_ITEM = 64 * 1024
