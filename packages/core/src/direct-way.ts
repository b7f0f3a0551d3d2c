import { readU32 } from './bytes.ts'
import { encodeAlone } from './codec.ts'
import type { Context } from './context.ts'
import { DirectMailbox } from './direct-mailbox.ts'
import { type MillraceError, ProtocolError } from './errors.ts'
import { Frame, ITEMS_AT, type ItemRun } from './frame.ts'
import type { FrameWriter } from './frame-writer.ts'
import { type HeldFrame, HeldFrames } from './held-frames.ts'
import type { Bookkeeper, Inbox } from './inbox.ts'
import { Link, type LinkReceiver } from './link.ts'
import { MeteredTransport } from './metered-transport.ts'
import type { Outbox } from './outbox.ts'
import { SLOTS } from './primitives/queue.ts'
import { checkItems, newRun, type Run } from './primitives/runs.ts'
import type { Transport } from './transport.ts'
import type { Way } from './way.ts'

/** What of a channel goes another way, and what has to happen when it does so no more. */
export interface Traffic {
  readonly context: Context
  /** What the hub calls the channel. */
  readonly number: number
  readonly maxsize: number
  readonly maxbytes: number
  readonly outbox: Outbox
  readonly inbox: Inbox
  /** Nothing more is sent this way: slots come from the hub again. */
  sendsNoMore(): void
  /** Nor does anything come: this is left of what did. `barred`: something did not fit. */
  receivesNoMore(left: readonly Run[], barred: boolean): void
}

/**
 * The two holders of a pipe, connected without the hub. What one sends goes into a queue that lives where it is received,
 * with the lessors of that queue, so everything that is said of queues holds: its bounds, its order, its waiters.
 *
 *     outbox, slots ── Link ~~~ transport ~~~ Link ── slots' lessor ── queue ── items' lessor ── inbox
 *
 * **Causality** What a context does at the hub and what it sends here travel on two ways. So what it sends here behind
 * something it did there stands behind a FENCE, and is not looked at before the hub has said that it has seen that: then
 * comes FENCED. And an operation here that does not wait asks the other side, before it says that there is nothing.
 *
 * **Nothing lost** What has been sent lies with the kernel, whose room is counted (see `metered-transport.ts`): while
 * the other side does not read, sends wait before that is full.
 *
 * **Leaving** Whoever wants to leave, or is asked to, sends STOP and nothing more; it has left when the other one's STOP
 * has come, or its end. What it has not received goes back to the hub, which lends nothing before both have left.
 */
export class DirectWay implements Way, LinkReceiver, Bookkeeper {
  readonly number = 0
  readonly narrow = true
  readonly #traffic: Traffic
  readonly #context: Context
  readonly #link: Link
  readonly #meter: MeteredTransport
  readonly #forget: () => void
  readonly #mailbox: DirectMailbox
  #sends = true
  #receives = true
  #barred = false
  /** The other side does not read. */
  #withheld = false
  #finished = false
  /** How much this context had done at the hub at the last fence. */
  #mark = -1
  /** Frames that wait for a FENCED, the first of them a FENCE. */
  readonly #held = new HeldFrames()
  /** Waiters that do not wait, and of whom the other side was asked. */
  readonly #probing = new Set<number>()

  constructor(traffic: Traffic, transport: Transport) {
    const { context, maxsize, maxbytes } = traffic
    this.#traffic = traffic
    this.#context = context
    this.#mailbox = new DirectMailbox(
      { maxsize, maxbytes },
      {
        inbox: traffic.inbox,
        begin: (type) => (this.#sends ? this.begin(type) : undefined),
        schedule: () => this.#link.schedule(),
      },
    )
    this.#meter = new MeteredTransport(transport, (isFull) => {
      if (this.#sends) this.#withhold(isFull)
    })
    this.#link = new Link(this.#meter, this, context.turn, context.maxFrame)
    this.#forget = context.addSideLink(this)
  }

  /** Begins to receive: everything has come that was sent before. */
  open(): void {
    this.#link.open()
  }

  /** Takes what came through the hub. */
  inherit(run: ItemRun): void {
    this.#mailbox.inherit(run)
  }

  get size(): number {
    return this.#link.writer.size
  }

  write(): FrameWriter {
    if (this.#context.hasWrittenSince(this.#mark)) this.#fence()
    return this.#link.write()
  }

  begin(type: number): FrameWriter {
    return this.write().begin(type)
  }

  askItem(id: number, nowait: boolean, window: number): void {
    if (nowait) this.#probe(id, window)
    else this.#mailbox.ask(id, window)
  }

  cancelItem(id: number): void {
    if (!this.#probing.delete(id)) this.#mailbox.cancel(id)
  }

  returnItems(count: number, window: number): void {
    const { inbox } = this.#traffic
    if (inbox.hasUnreported) inbox.report()
    this.#mailbox.returned(count, window)
  }

  reportLater(): void {
    this.#link.schedule()
  }

  spent(count: number, window: number): void {
    this.#mailbox.spent(count, window)
  }

  /** Something does not fit. */
  leave(): void {
    this.#barred = true
    this.stop()
  }

  stop(): void {
    if (!this.#sends) return
    this.#sends = false
    this.#withhold(false)
    this.#link.write().begin(Frame.STOP)
    this.#traffic.sendsNoMore()
    if (!this.#receives) this.#finish()
  }

  /** The hub is gone: so is all of this. */
  abandon(): void {
    this.#withhold(false)
    this.#sends = false
    this.#finished = true
    this.#link.end()
  }

  /** Sends everything, and returns when it has left: this context ends, and nobody is served any more. */
  flushSync(): void {
    this.#mailbox.forgetAsks()
    this.#link.flushSync()
  }

  onFlush(early: boolean, size: number): boolean {
    if (this.#finished) return false
    this.#mailbox.endTurn()
    const { inbox } = this.#traffic
    const later = inbox.hasUnreported && !early && size === 0 && inbox.mayReportLater()
    if (inbox.hasUnreported && !later) inbox.report()
    this.#mailbox.deliver()
    if (this.#sends && (this.#meter.owesNews || (this.#link.writer.size > 0 && this.#meter.hasNews)))
      this.#link.writer.begin(Frame.SEEN).u32(this.#meter.seen())
    return later && this.#link.writer.size === 0
  }

  onClose(_error: MillraceError | undefined): void {
    this.#forget()
    this.#receives = false
    if (this.#finished) return
    if (this.#sends) this.stop()
    else this.#finish()
  }

  onFrame(type: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#finished) return
    if (this.#meter.owesNews) this.#link.schedule()
    if (type === Frame.FENCED) return this.#pass()
    if (type === Frame.SEEN) return this.#meter.seenThere(end - start >= 4 ? readU32(bytes, start) : 0)
    if (type === Frame.FENCE || this.#held.length > 0) this.#hold({ type, bytes, start, end })
    else this.#received(type, bytes, start, end)
    this.#mailbox.deliver()
  }

  /** Goes on to the next fence. */
  #pass(): void {
    if (this.#held.shift()?.type !== Frame.FENCE) throw new ProtocolError('FENCED without a FENCE')
    while (this.#held.length > 0 && this.#held.peek()!.type !== Frame.FENCE) {
      const { type, bytes, start, end } = this.#held.shift()!
      this.#received(type, bytes, start, end)
      this.#mailbox.deliver()
    }
  }

  /** With too much of it this way is left; who honours that has little more to send. */
  #hold(frame: HeldFrame): void {
    this.#held.push(frame)
    const tooMuch = this.#held.size - this.#traffic.maxbytes - MUCH_HELD
    if (tooMuch > MUCH_HELD) throw new ProtocolError(`${this.#held.length} frames behind a FENCE`)
    if (tooMuch > 0) this.stop()
  }

  #received(type: number, bytes: Uint8Array, start: number, end: number): void {
    const fields = FIELDS[type]
    if (fields === undefined) throw new ProtocolError(`frame type ${type} is not for a direct way`)
    if (end - start < fields * 4) throw new ProtocolError(`frame of type ${type} is too short: ${end - start} bytes`)
    const number = (i: number) => readU32(bytes, start + 4 * i)
    const { inbox, outbox } = this.#traffic
    switch (type) {
      case Frame.PUT:
        return this.#mailbox.theirs.put(itemsOf(number(1), bytes, start, end))
      case Frame.ASK:
        // What was taken here before counts, whoever told them of it.
        if (inbox.hasUnreported) inbox.report()
        return this.#mailbox.theirs.ask(SLOTS, number(2), 1, number(3), number(4) !== 0, number(5))
      case Frame.CANCEL:
        return this.#mailbox.theirs.cancel(SLOTS, number(2))
      case Frame.RETURN:
        return this.#mailbox.theirs.returned(SLOTS, number(2), number(3), number(4))
      case Frame.GRANT:
        if (number(2) === 0) throw new ProtocolError('a GRANT of nothing')
        if (this.#sends) outbox.granted(number(2), number(3), number(4))
        return
      case Frame.DENY:
        if (this.#sends) outbox.slots.denied(number(2))
        return
      case Frame.RECALL:
        if (this.#sends) outbox.slots.recalled()
        return
      case Frame.CALL:
        if (this.#sends) this.begin(Frame.REPLY).u32(number(1)).u32(0).bytes(NOTHING)
        return
      case Frame.REPLY:
        return this.#link.answered(number(0), number(1) !== 0, bytes, start + 8, end)
      case Frame.STOP:
        this.#receives = false
        if (this.#sends) this.stop()
        else this.#finish()
    }
  }

  #withhold(withheld: boolean): void {
    if (withheld === this.#withheld) return
    this.#withheld = withheld
    this.#traffic.outbox.slots.withhold(withheld ? 1 : -1)
  }

  #fence(): void {
    this.#link.write().begin(Frame.FENCE)
    this.#mark = this.#context.fence(this.#traffic.number, () => {
      if (!this.#link.closed) this.#link.write().begin(Frame.FENCED)
    })
  }

  /** What the other side has sent is here when its answer is. Whoever leaves asks the hub in the end. */
  #probe(id: number, window: number): void {
    this.#probing.add(id)
    if (!this.#sends) return
    const answered = () => {
      if (this.#probing.delete(id)) this.#mailbox.askNow(id, window)
    }
    const request = this.#link.expect({ answered, lost: () => {} })
    this.begin(Frame.CALL).u32(0).u32(request)
  }

  #finish(): void {
    if (this.#finished) return
    const { inbox } = this.#traffic
    if (inbox.hasUnreported) inbox.report()
    this.#finished = true
    this.#mailbox.leave()
    this.#putHeld()
    const left = this.#mailbox.surrender()
    this.#link.end()
    this.#traffic.receivesNoMore(left, this.#barred)
  }

  /** What stands behind a fence was sent all the same: up to what should not have been. */
  #putHeld(): void {
    try {
      for (let frame = this.#held.shift(); frame !== undefined; frame = this.#held.shift())
        if (frame.type === Frame.PUT) this.#received(frame.type, frame.bytes, frame.start, frame.end)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
    }
  }
}

function itemsOf(count: number, bytes: Uint8Array, start: number, end: number): Run {
  checkItems(bytes, start + ITEMS_AT, end, count)
  return newRun(bytes, start + ITEMS_AT, end, count)
}

const NOTHING = encodeAlone(null).bytes

/** Behind a fence, in bytes, beyond what the pipe holds. */
const MUCH_HELD = 32 * 1024 * 1024
/** How many integers each frame has at least. */
const FIELDS: Readonly<Record<number, number>> = {
  [Frame.PUT]: 3,
  [Frame.ASK]: 6,
  [Frame.CANCEL]: 3,
  [Frame.RETURN]: 5,
  [Frame.GRANT]: 5,
  [Frame.DENY]: 3,
  [Frame.RECALL]: 2,
  [Frame.CALL]: 2,
  [Frame.REPLY]: 2,
  [Frame.STOP]: 0,
}
