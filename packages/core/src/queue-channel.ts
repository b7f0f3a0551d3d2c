import type { Channel, Context } from './context.ts'
import { DirectEnd, type DirectOwner } from './direct-end.ts'
import { type MillraceError, ValueError } from './errors.ts'
import { Frame, type ItemRun } from './frame.ts'
import { Inbox } from './inbox.ts'
import { Lessee, type LesseeOutlet } from './lessee.ts'
import { Outbox } from './outbox.ts'
import { ITEMS, SLOTS } from './primitives/queue.ts'
import { LEFT } from './primitives/shortcut.ts'
import { Standing } from './standing.ts'

/** What a queue was made with. */
export interface QueueOptions {
  /** At most this many items are put and not yet taken; 0 or less, the default: no bound. */
  readonly maxsize?: number | undefined
  /** At most this many encoded bytes are; a larger item goes through when the queue is empty. Default: no bound. */
  readonly maxbytes?: number | undefined
}

/** Leads from a handle to its channel. */
export const CHANNEL: unique symbol = Symbol.for('millrace.channel') as never

/** Called when the primitive has news that only its kind of handle understands. */
export type OnNews = (this: QueueChannel, news: unknown) => void

/**
 * This context's end of a queue or of a pipe: an `Outbox` with the slots, an `Inbox` with the items that are delegated
 * to it, and what they share: the frames, the closing, the operations that keep the context from ending.
 */
export class QueueChannel implements Channel {
  readonly outbox: Outbox
  readonly inbox: Inbox
  readonly #standing: Standing
  readonly #context: Context
  readonly #onNews: OnNews | undefined
  /** The other way that it can go, if it can. */
  readonly #direct: DirectEnd | undefined
  /** Operations pending, calls aside. */
  #operations = 0
  #keepsContext = true
  #onIdle: (() => void) | undefined
  /** Slots that are withheld while it is away. */
  readonly #heldBack = new Set<{ readonly slots: Lessee }>()
  /** Another channel of the same end: what that one has not given back to the hub is this one's as well. */
  #twin: QueueChannel | undefined

  constructor(
    context: Context,
    handle: object | undefined,
    id: string,
    kind: string,
    options: QueueOptions,
    create: boolean,
    onNews?: OnNews,
  ) {
    this.#context = context
    this.#onNews = onNews
    this.#standing = new Standing(context, `${kind} ${id}`, options.maxbytes ?? 0)
    const slots = new Lessee(this.#outlet(SLOTS), context.turn, context.clock)
    const items = new Lessee(this.#outlet(ITEMS), context.turn, context.clock)
    this.outbox = new Outbox(this.#standing, slots)
    this.inbox = new Inbox(this.#standing, items, options.maxsize ?? 0, () => context.reportLater(this))
    this.#direct = kind === 'connection' ? new DirectEnd(this.#directOwner(options)) : undefined
    this.#standing.number = context.open(this, handle, id, kind, create ? options : null)
  }

  get slots(): Lessee {
    return this.outbox.slots
  }

  get items(): Lessee {
    return this.inbox.items
  }

  /** What the frames of this channel call it. */
  get number(): number {
    return this.#standing.number
  }

  get name(): string {
    return this.#standing.name
  }

  /** Pending operations on this channel stop keeping the context from ending; they stay pending. */
  unref(): void {
    if (!this.#keepsContext) return
    this.#keepsContext = false
    for (let i = 0; i < this.#operations; i++) this.#context.pending(-1)
  }

  /** Has so many slots and items lent to it ahead of need, however slowly it goes: nobody else uses them. */
  holdAhead(count: number): void {
    // More come when half of them are used.
    this.slots.holdAhead(2 * count)
    this.items.holdAhead(count)
    // Asked for now, so that the first put finds them.
    this.slots.peek(NOBODY, undefined)
  }

  async size(): Promise<{ length: number; full: boolean }> {
    const [length, full] = (await this.call('size')) as [number, boolean]
    return { length, full }
  }

  call(operation: string, ...args: unknown[]): Promise<unknown> {
    const { lost, number } = this.#standing
    return lost === undefined ? this.#context.call(number, operation, ...args) : Promise.reject(lost)
  }

  ack(number: number): void {
    this.#context.begin(Frame.ACK).u32(this.#standing.number).u32(number)
  }

  /** This process puts and gets no more; what it put is still on its way. */
  close(): void {
    if (this.#standing.closed) return
    this.#standing.closed = true
    const refusal = this.#standing.refusal()
    this.items.fail(refusal)
    this.slots.failPeeks(refusal)
    this.#returnAll()
    this.#direct?.way?.stop()
  }

  get closed(): boolean {
    return this.#standing.closed
  }

  waitingPuts(): string | undefined {
    const { waiting } = this.outbox
    return waiting > 0 && this.#keepsContext ? `${waiting} items for ${this.name}` : undefined
  }

  waiting(): string | undefined {
    if (!this.#keepsContext) return undefined
    const puts = this.outbox.waiting
    const gets = this.items.waiting
    const words = [
      ...(puts > 0 ? [`${puts} for room in ${this.name}`] : []),
      ...(gets > 0 ? [`${gets} for something to come through ${this.name}`] : []),
    ]
    return words.length === 0 ? undefined : words.join(', ')
  }

  /** Calls `idle` once nothing is pending, perhaps at once. */
  whenIdle(idle: () => void): void {
    const way = this.#direct?.way
    if (this.#operations === 0 && way === undefined) return idle()
    this.#onIdle = idle
    way?.stop()
  }

  /** Whether something of it is not with the hub. */
  get isAway(): boolean {
    return this.#direct?.way !== undefined || this.#twin?.isAway === true
  }

  /** It leads to the same end as that one, which comes home for that. */
  isTwinOf(other: QueueChannel): void {
    this.#twin = other
    other.#direct?.way?.stop()
  }

  /** Calls it home, and withholds these slots whenever it is away; returns how to end that. */
  holdBack(slots: Lessee): () => void {
    const twin = this.#twin?.holdBack(slots)
    const held = { slots }
    this.#heldBack.add(held)
    if (this.#direct?.way !== undefined) {
      slots.withhold(1)
      this.#direct.way.leave()
    }
    return () => {
      twin?.()
      if (this.#heldBack.delete(held) && this.#direct?.way !== undefined) slots.withhold(-1)
    }
  }

  #withhold(change: 1 | -1): void {
    for (const { slots } of [...this.#heldBack]) slots.withhold(change)
  }

  /** Lets the channel go: the hub takes back what it had delegated. */
  release(id: string): void {
    this.#direct?.drop()
    if (this.#standing.lost === undefined) this.#context.release(this.#standing.number, id)
  }

  onGrant(_lane: number, count: number, id: number, cost: number): void {
    this.outbox.granted(count, id, cost)
    if (this.closed) this.#returnAll()
  }

  onItems(run: ItemRun): void {
    if (this.#direct?.way !== undefined) return this.#direct.inherit(run)
    this.inbox.push(run)
    if (this.closed) this.#returnAll()
  }

  onDeny(lane: number, id: number): void {
    this.#lane(lane).denied(id)
  }

  onRecall(lane: number): void {
    this.#lane(lane).recalled()
  }

  onNotice(news: unknown): void {
    if (news === 'gone') this.lost(new ValueError(`${this.name} is gone: nobody held it any more`))
    else if (Array.isArray(news)) this.#direct?.heard(news)
    else this.#onNews?.call(this, news)
  }

  mayReportLater(): boolean {
    return this.inbox.mayReportLater()
  }

  report(): void {
    this.inbox.report()
  }

  lost(error: MillraceError): void {
    this.#standing.lost = error
    if (this.#direct?.way !== undefined) this.#withhold(-1)
    this.#direct?.abandon()
    this.slots.fail(error)
    this.inbox.lose(error)
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
    const standing = this.#standing
    const begin = (type: number) => {
      const way = lane === ITEMS ? standing.hubWay : standing.out
      return way.begin(type).u32(way.number).u32(lane)
    }
    const giveBack = (count: number, cost: number, window: number) =>
      void begin(Frame.RETURN).u32(count).u32(cost).u32(window)
    const direct = () => (lane === ITEMS ? this.#direct?.way : undefined)
    return {
      ask: (id, cost, nowait, window) => {
        const way = direct()
        if (way !== undefined) return way.askItem(id, nowait, window)
        begin(Frame.ASK)
          .u32(id)
          .u32(cost)
          .u32(nowait ? 1 : 0)
          .u32(window)
      },
      cancel: (id) => {
        const way = direct()
        if (way === undefined) begin(Frame.CANCEL).u32(id)
        else way.cancelItem(id)
      },
      giveBack: (count, window) => {
        if (lane === ITEMS) this.inbox.dropLast(count)
        else this.outbox.dropFirst(count)
        const way = direct()
        if (way === undefined) giveBack(count, 0, window)
        else way.returnItems(count, window)
      },
      fits: (cost) => this.outbox.allows(cost),
      giveBackOldest: (window) => {
        const { count, each } = this.outbox.dropAlike()
        giveBack(count, each, window)
        return count
      },
      pending: (change) => {
        this.#operations += change
        if (this.#keepsContext) context.pending(change)
        // Later, since the operation that was just settled has still to use its token.
        if (this.#operations === 0 && this.#onIdle !== undefined) void DONE.then(() => this.#becomeIdle())
      },
    }
  }

  #directOwner({ maxsize = 0, maxbytes = 0 }: QueueOptions): DirectOwner {
    const standing = this.#standing
    const { outbox, inbox, slots, items } = this
    const tell = (operation: string, ...args: unknown[]) => void this.call(operation, ...args).catch(() => {})
    const restartSlots = () => {
      outbox.dropAll()
      slots.restart()
    }
    const restartItems = () => {
      inbox.dropAll()
      items.restart()
      inbox.onRestart?.()
    }
    const turnsBack = () => (outbox.needsHub || this.#heldBack.size > 0 ? 'barred' : standing.closed ? 'leaving' : 'no')
    return {
      context: this.#context,
      get number() {
        return standing.number
      },
      get turnsBack() {
        return turnsBack()
      },
      maxsize,
      maxbytes,
      outbox,
      inbox,
      tell,
      goes: (way) => {
        standing.out = way
        inbox.reportTo(way)
        this.#withhold(1)
        restartSlots()
        restartItems()
      },
      sendsNoMore: () => {
        standing.out = standing.hubWay
        restartSlots()
      },
      receivesNoMore: (left, barred) => {
        this.#direct!.returned()
        inbox.reportTo(undefined)
        for (const run of left) standing.hubWay.write().copyItems(Frame.PUT_BACK, standing.number, run)
        // Who lets go has left with that: nothing may come in between, or somebody would miss the end of file.
        const idle = this.#onIdle !== undefined && this.#operations === 0
        if (idle) this.#becomeIdle()
        else {
          tell(LEFT, this.#direct!.attempt, barred)
          restartItems()
        }
        this.#withhold(-1)
      },
    }
  }

  #becomeIdle(): void {
    if (this.#operations > 0 || this.#direct?.way !== undefined) return
    const idle = this.#onIdle
    this.#onIdle = undefined
    idle?.()
  }
}

/** Waits for nothing in particular. */
const NOBODY = { serve: () => {}, expire: () => {}, fail: () => {} }
const DONE = Promise.resolve()
