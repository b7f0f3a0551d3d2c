import { Frame, type ItemRun } from './frame.ts'
import type { FrameWriter } from './frame-writer.ts'
import type { Inbox } from './inbox.ts'
import type { Keeper, Outlet } from './primitives/primitive.ts'
import { ITEMS, type QueuePort, QueuePrimitive, type QueueState, SLOTS } from './primitives/queue.ts'
import { newRun, type Run } from './primitives/runs.ts'

/** What a mailbox needs of the way that leads to it. */
export interface MailboxOwner {
  readonly inbox: Inbox
  /** Begins a frame to the sender; undefined: it gets no more frames. */
  begin(type: number): FrameWriter | undefined
  /** Has `endTurn` called when the turn ends. */
  schedule(): void
}

/** What goes directly holds no handles. */
const NO_KEEPER: Keeper = { retain: () => {}, forgo: () => {}, uses: () => 0, revoke: () => {}, directAfter: 0 }

/**
 * The queue that lives where messages are received that come directly, with its two peers: the sender on the other
 * side, which has slots, and the inbox on this one, which has items.
 */
export class DirectMailbox {
  /** Where the other side puts. */
  readonly theirs: QueuePort
  readonly #owner: MailboxOwner
  readonly #queue: QueuePrimitive
  /** Where this one gets. */
  readonly #ours: QueuePort
  /** Asks and cancels of this side; like those of the other, they come when the turn ends. */
  #asks: Array<() => void> = []
  /** What the queue has for this side. User code may run when it gets that: not while the queue is at work. */
  #deliveries: Array<() => void> = []
  #delivering = false
  #closed = false

  constructor(bounds: QueueState, owner: MailboxOwner) {
    this.#owner = owner
    this.#queue = new QueuePrimitive(bounds, NO_KEEPER)
    this.theirs = this.#queue.connect(this.#theirOutlet())
    this.#ours = this.#queue.connect(this.#ourOutlet())
  }

  /** Takes what came through the hub. */
  inherit({ bytes, start, end, count, deliveries }: ItemRun): void {
    this.#queue.regain({ ...newRun(bytes, start, end, count), deliveries })
    this.#queue.items.pump()
    this.deliver()
  }

  ask(id: number, window: number): void {
    this.#later(() => this.#ours.ask(ITEMS, id, 1, 0, false, window))
  }

  /** Everything has come that was sent before: who asks gets something, or is told that there is nothing. */
  askNow(id: number, window: number): void {
    this.#ours.ask(ITEMS, id, 1, 0, true, window)
  }

  cancel(id: number): void {
    this.#later(() => this.#ours.cancel(ITEMS, id))
  }

  returned(count: number, window: number): void {
    this.#ours.returned(ITEMS, count, 0, window)
  }

  spent(count: number, window: number): void {
    this.#ours.spent(ITEMS, count, window, false)
  }

  endTurn(): void {
    const asks = this.#asks
    if (asks.length > 0) {
      this.#asks = []
      for (const ask of asks) ask()
    }
    this.deliver()
  }

  /** This context ends: nobody is served any more. */
  forgetAsks(): void {
    this.#asks = []
  }

  /** In order: what user code gives rise to that gets something comes behind what it has not got yet. */
  deliver(): void {
    if (this.#delivering) return
    this.#delivering = true
    try {
      while (this.#deliveries.length > 0) {
        const deliveries = this.#deliveries
        this.#deliveries = []
        for (const deliver of deliveries) if (!this.#closed) deliver()
      }
    } finally {
      this.#delivering = false
    }
  }

  /** This side takes nothing more. */
  leave(): void {
    this.#closed = true
    this.#ours.release()
  }

  /** What it has not taken. */
  surrender(): Run[] {
    return this.#queue.surrender()
  }

  #later(ask: () => void): void {
    this.#asks.push(ask)
    this.#owner.schedule()
  }

  #theirOutlet(): Outlet {
    const write = (type: number) => this.#owner.begin(type)?.u32(0).u32(SLOTS)
    return {
      hub: NO_KEEPER,
      peer: this,
      lease: () => ({
        awaited: () => {},
        deny: (id) => void write(Frame.DENY)?.u32(id),
        recall: () => void write(Frame.RECALL),
      }),
      grant: (_lane, count, id, cost) => void write(Frame.GRANT)?.u32(count).u32(id).u32(cost),
      items: () => {},
      notice: () => {},
    }
  }

  #ourOutlet(): Outlet {
    const { inbox } = this.#owner
    return {
      hub: NO_KEEPER,
      peer: this,
      lease: (lane) => ({
        awaited: () => {},
        deny: (id) => void this.#deliveries.push(() => inbox.items.denied(id)),
        recall: () => {
          if (lane === ITEMS) inbox.items.recalled()
        },
      }),
      grant: () => {},
      // A copy: the queue keeps account of its own, and the inbox uses up what it has.
      items: (run) => {
        const copy = { ...run }
        this.#deliveries.push(() => inbox.push(copy))
      },
      notice: () => {},
    }
  }
}
