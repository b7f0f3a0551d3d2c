import { Allowances } from '../allowances.ts'
import { ProtocolError, ValueError } from '../errors.ts'
import { type Lease, Lessor, type Stock } from '../lease.ts'
import type { Fetch } from '../transport.ts'
import type { Keeper, Outlet, Port, Primitive, Reply } from './primitive.ts'
import { payloadSize, type Run, Runs } from './runs.ts'

/** The lanes of a queue: what a producer holds and what a consumer holds. */
export const SLOTS = 0
export const ITEMS = 1

/** What a consumer calls for the buffers of an item that it takes. */
export const FETCH = 'fetch'

export interface QueueState {
  /** At most this many items are put and not yet taken; 0: no bound. */
  readonly maxsize: number
  /** At most this many encoded bytes, unless a single item has more; 0: no bound. */
  readonly maxbytes: number
}

/** What a peer is lent ahead of need, in bytes, is bounded as well: a window of large items is a short one. */
const AHEAD_BYTES = 1024 * 1024

/** How much the latest item counts in what is typical, if it is smaller. */
const TYPICAL_WEIGHT = 1 / 16

/**
 * A bounded FIFO queue: two lessors, one of free slots and one of items.
 *
 *     slots:  free --lend--> producer --put--> occupied --item spent--> free
 *     items:  store --lend--> consumer --spent--> gone
 *
 * Where bytes are bounded, a waiter asks for a slot that is good for its item. Slots that are lent ahead are good for
 * what is typical: who has something larger gives them back and asks.
 *
 * **Invariants** free + lent slots + items (in the store or lent) = maxsize. Items are in the store in the order in
 * which they were put, and an item that comes back unspent comes back to its place.
 *
 * **Fairness, cancellation, death** are those of `lease.ts`.
 */
export class QueuePrimitive implements Primitive {
  readonly #state: QueueState
  protected readonly hub: Keeper
  /** Whether an item that was taken may be handed out again. */
  readonly remembers: boolean = false
  protected readonly store = new Runs()
  readonly slots: Lessor
  readonly items: Lessor
  readonly #ports = new Map<Lease, QueuePort>()
  #free: number
  /** Items put and not yet spent. */
  length = 0
  /** Their bytes, where bytes are bounded. */
  #stored = 0
  /** The bytes that are set aside for the slots that peers hold. */
  #reserved = 0
  /** What an item takes, as far as is known: slots that are lent ahead are good for so many bytes. */
  #typical = 0
  #nextSeq = 0
  /** The number of the newest item that was ever lent. */
  #newestLent = -1

  constructor(state: QueueState, hub: Keeper) {
    this.#state = state
    this.hub = hub
    this.#free = state.maxsize > 0 ? state.maxsize : Number.POSITIVE_INFINITY
    this.slots = new Lessor(this.#slotStock())
    this.items = new Lessor(this.#itemStock())
  }

  connect(outlet: Outlet): QueuePort {
    const port = this.createPort(outlet)
    this.#ports.set(port.slots, port)
    this.#ports.set(port.items, port)
    return port
  }

  protected createPort(outlet: Outlet): QueuePort {
    return new QueuePort(this, outlet)
  }

  dispose(): void {
    for (
      let run = this.store.takeFirst(this.store.count);
      run !== undefined;
      run = this.store.takeFirst(this.store.count)
    )
      this.forgoRefs(run)
  }

  /** Whether a put would have to wait, were no slot lent. */
  get full(): boolean {
    const { maxsize, maxbytes } = this.#state
    return (maxsize > 0 && this.length >= maxsize) || (maxbytes > 0 && this.#stored >= maxbytes)
  }

  put(port: QueuePort, run: Run): void {
    this.slots.spent(port.slots, run.count)
    if (run.refs !== undefined) this.hub.retain(run.refs)
    if (this.#state.maxbytes > 0) this.#count(port, run)
    this.accept(run)
    this.slots.pump()
  }

  /** What came counts, whatever was set aside for it. */
  #count(port: QueuePort, run: Run): void {
    const size = payloadSize(run)
    this.#stored += size
    this.#reserved -= port.allowances.release(run.count)
    const each = Math.ceil(size / run.count)
    this.#typical = each > this.#typical ? each : Math.ceil(this.#typical + (each - this.#typical) * TYPICAL_WEIGHT)
  }

  /** Appends items for which there is room, or which must not be lost. */
  accept(run: Run): void {
    run.seq = this.#nextSeq
    this.#nextSeq += run.count
    this.length += run.count
    this.store.push(run)
    this.items.pump()
  }

  /** Puts items that were taken back to their place, even beyond the bound: no slot is lent until there is room. */
  protected takeBack(run: Run): void {
    this.length += run.count
    this.#free -= run.count
    if (this.#state.maxbytes > 0) this.#stored += payloadSize(run)
    this.store.restore(run)
  }

  spent(port: QueuePort, count: number, window: number, idle: boolean): void {
    this.items.spent(port.items, count, window, idle)
    this.slots.pump()
    this.items.pump()
  }

  release(port: QueuePort): void {
    this.items.leave(port.items)
    this.#reserved -= port.allowances.clear()
    this.slots.leave(port.slots)
    this.#ports.delete(port.items)
    this.#ports.delete(port.slots)
  }

  /** Items left the queue for good, or only its bounds: a JoinableQueue keeps them until they are done. */
  protected taken(_port: QueuePort, run: Run): void {
    this.forgoRefs(run)
  }

  /** Has items that had left for good, even beyond the bound: they are the newest. */
  regain(run: Run): void {
    run.seq = this.#nextSeq
    this.#nextSeq += run.count
    this.takeBack(run)
  }

  /** Gives up everything that it has; nothing is lent. */
  surrender(): Run[] {
    const runs: Run[] = []
    while (this.store.count > 0) {
      const run = this.store.takeFirst(this.store.count)!
      this.length -= run.count
      this.#free += run.count
      if (this.#state.maxbytes > 0) this.#stored -= payloadSize(run)
      runs.push(run)
    }
    return runs
  }

  /** How whoever takes the item gets the buffers that are kept for it here; undefined if it has none. */
  fetchOf({ block }: Run): Fetch | undefined {
    if (block?.take === undefined) return undefined
    return this.remembers ? () => block.copy?.() : () => block.take?.()
  }

  protected forgoRefs(run: Run): void {
    if (run.refs !== undefined) this.hub.forgo(run.refs)
    run.block?.free()
  }

  #slotStock(): Stock {
    const { maxsize, maxbytes } = this.#state
    return {
      available: (cost) => {
        if (cost === 0 || maxbytes === 0) return Math.max(0, this.#free)
        const taken = this.#stored + this.#reserved
        return this.#free > 0 && (taken === 0 || taken + cost <= maxbytes) ? 1 : 0
      },
      inOrder: () => true,
      cameBack: () => false,
      ahead: ({ held, window }, wanted) => {
        // A trickle would cost as much as a flood; where there are always more, half of them will do until then.
        if (!(maxsize > 0) && held * 2 > window) return 0
        if (maxbytes === 0) return wanted
        if (this.#typical === 0) return 0
        const room = Math.max(0, maxbytes - this.#stored - this.#reserved)
        return Math.min(wanted, Math.floor(room / this.#typical))
      },
      lend: (lease, count, cost, id) => {
        this.#free -= count
        const port = this.#ports.get(lease)!
        const each = cost > 0 || maxbytes === 0 ? cost : this.#typical
        if (maxbytes > 0) port.allowances.add(count, each)
        this.#reserved += count * each
        port.outlet.grant(SLOTS, count, id, each)
      },
      settle: () => {},
      restore: (lease, count) => {
        this.#free += count
        if (maxbytes > 0) this.#reserved -= this.#ports.get(lease)!.allowances.release(count)
      },
    }
  }

  #settle(port: QueuePort, run: Run): void {
    this.length -= run.count
    this.#free += run.count
    if (this.#state.maxbytes > 0) this.#stored -= payloadSize(run)
    this.taken(port, run)
  }

  #itemStock(): Stock {
    return {
      available: () => this.store.count,
      cameBack: () => (this.store.peek()?.seq ?? Number.POSITIVE_INFINITY) <= this.#newestLent,
      inOrder: (lease) => !lease.owes && this.#ports.get(lease)!.lent.areBefore(this.store),
      ahead: (lease, wanted) => {
        const room = AHEAD_BYTES - this.#ports.get(lease)!.lent.size
        const each = this.store.size / this.store.count
        return room <= 0 ? 0 : Math.min(wanted, Math.max(1, Math.floor(room / Math.max(1, each))))
      },
      lend: (lease, count) => {
        const port = this.#ports.get(lease)!
        for (let left = count; left > 0; ) {
          const run = this.store.takeFirst(left)!
          left -= run.count
          run.deliveries++
          this.#newestLent = Math.max(this.#newestLent, run.seq + run.count - 1)
          port.lent.push(run)
          port.outlet.items(run, this.fetchOf(run))
        }
      },
      settle: (lease, count) => {
        const port = this.#ports.get(lease)!
        for (let left = count; left > 0; ) {
          const run = port.lent.takeFirst(left)!
          left -= run.count
          this.#settle(port, run)
        }
      },
      restore: (lease, count) => {
        const port = this.#ports.get(lease)!
        const { lent } = port
        const since: Run[] = []
        for (let left = lease.lentSince; left > 0; left -= since.at(-1)!.count) since.push(lent.takeLast(left)!)
        for (let left = count; left > 0; ) {
          const run = lent.takeLast(left)!
          left -= run.count
          if (run.block?.gone) this.#settle(port, run)
          else {
            run.deliveries--
            this.store.restore(run)
          }
        }
        for (let run = since.pop(); run !== undefined; run = since.pop()) lent.push(run)
      },
    }
  }
}

export class QueuePort implements Port {
  readonly queue: QueuePrimitive
  readonly outlet: Outlet
  readonly slots: Lease
  readonly items: Lease
  /** Items lent to this peer, the oldest first. */
  readonly lent = new Runs()
  /** What is set aside for the slots that this peer holds, where bytes are bounded. */
  readonly allowances = new Allowances()

  constructor(queue: QueuePrimitive, outlet: Outlet) {
    this.queue = queue
    this.outlet = outlet
    this.slots = queue.slots.join(outlet.lease(SLOTS))
    this.items = queue.items.join(outlet.lease(ITEMS))
  }

  ask(lane: number, id: number, count: number, cost: number, nowait: boolean, window: number): void {
    this.#lessor(lane).ask(this.#lease(lane), id, count, cost, nowait, window)
  }

  cancel(lane: number, id: number): void {
    this.#lessor(lane).cancel(this.#lease(lane), id)
  }

  put(run: Run): void {
    this.queue.put(this, run)
  }

  spent(lane: number, count: number, window: number, idle: boolean): void {
    if (lane !== ITEMS) throw new ProtocolError('slots are spent by putting')
    this.queue.spent(this, count, window, idle)
  }

  returned(lane: number, count: number, cost: number, window: number): void {
    this.#lessor(lane).returned(this.#lease(lane), count, cost, window)
  }

  ack(_number: number): void {
    throw new ProtocolError('only a JoinableQueue has anything to be done with')
  }

  call(operation: string, _args: readonly unknown[], reply: Reply): void {
    if (operation === 'size') reply.done([this.queue.length, this.queue.full])
    else if (operation === FETCH) this.#fetch(reply)
    else reply.fail(new ValueError(`a queue has no operation ${operation}`))
  }

  /** The peer takes the oldest item that it was lent, and needs what is kept for it here. */
  #fetch(reply: Reply): void {
    const item = this.lent.peek()
    const buffers = item === undefined ? undefined : this.queue.fetchOf(item)?.()
    if (buffers === undefined) reply.fail(new ValueError('the item has no buffers, or they went to another process'))
    else reply.give(buffers)
  }

  release(): void {
    this.queue.release(this)
  }

  #lessor(lane: number): Lessor {
    if (lane !== SLOTS && lane !== ITEMS) throw new ProtocolError(`a queue has no lane ${lane}`)
    return lane === SLOTS ? this.queue.slots : this.queue.items
  }

  #lease(lane: number): Lease {
    return lane === SLOTS ? this.slots : this.items
  }
}
