import { Deque } from './deque.ts'
import { ProtocolError } from './errors.ts'

/**
 * THE algorithm: tokens delegated to a peer, used there without a round trip, recalled, returned on death.
 *
 * A token is a free slot of a queue, an item in it, a permit of a semaphore, a task for a worker. A `Lessor` lends the
 * tokens of one kind that one primitive has; it lives in the hub. Its counterpart in each peer's context is the
 * `Lessee` (lessee.ts).
 *
 *      stock --lend--> held by a peer --spent--> settled
 *        ^                  |
 *        +---- restored ----+   (recalled, or the peer let go or died)
 *
 * A permit is used and not used up: spent means in use then, and from there it is held again, or restored.
 *
 * **Invariants**
 * - Every token is in the stock, held by exactly one lease, or settled; `lease.held` counts those held as far as the
 *   hub has heard, and lags behind the peer, never ahead of it.
 * - Nothing is lent ahead of need while anyone waits.
 * - While somebody waits for tokens that others hold, those others have been told to give back what is unspent.
 *
 * **Fairness** Waiters are served in order of arrival. What is left is lent ahead in equal parts to those who spend
 * fast: each peer's window is what it spends in about a millisecond.
 *
 * **Cancellation** A waiter that gave up is forgotten. A token that had already left for it stays with its peer,
 * unspent, and is recalled as soon as another waits.
 *
 * **Death** `leave` restores what was held, in order, and forgets the waiters.
 *
 * **Not waiting** A nowait waiter is denied only when the stock is empty and no other peer can hold an unspent token:
 * those who might are recalled first, so the answer is exact.
 */

/** Where tokens come from and go to: what the algorithm does not know about them. */
export interface Stock {
  /** How many tokens could be lent now to a waiter of that cost: at most one if the cost is not 0. */
  available(cost: number): number
  /** How many of `wanted` tokens may go to that peer ahead of need. */
  ahead(lease: Lease, wanted: number): number
  /** Moves tokens from the stock to the peer and tells it; `id` is the waiter if the cost is not 0. */
  lend(lease: Lease, count: number, cost: number, id: number): void
  /** The peer has used its oldest `count` tokens: used up, or, if they are to come back, in use from now on. */
  settle(lease: Lease, count: number): void
  /** The newest `count` tokens of those that the peer held before the last `lease.lentSince` come back unspent. */
  restore(lease: Lease, count: number, cost: number): void
}

/** How the lessor reaches a peer. */
export interface LeaseOutlet {
  /** What is lent now is what somebody there waits for. */
  awaited(): void
  deny(id: number): void
  recall(): void
}

interface Waiter {
  readonly lease: Lease
  readonly id: number
  readonly cost: number
  readonly nowait: boolean
  live: boolean
}

/** One peer's part in one kind of token. */
export class Lease {
  /** Lent and, as far as the hub has heard, neither spent nor returned. */
  held = 0
  /** How many tokens the peer would like to hold ahead of need. */
  window = 0
  /** A RECALL is under way; its RETURN has not arrived. */
  recalled = false
  /** Lent after that RECALL: the peer did not know of these when it answered, so it gives none of them back. */
  lentSince = 0
  /** Spent, and to come back: what is in use, of those tokens that are used and not used up. */
  inUse = 0
  /** So many of them the peer was told to give back for good: by a RECALL, while they were in use. */
  wanted = 0
  /** How many of its users were served and have not been heard of: they may have spent the oldest tokens it holds. */
  served = 0
  /** Whom of the peer's users the lessor still knows as waiting, by id. */
  readonly waiters = new Map<number, Waiter>()
  readonly outlet: LeaseOutlet

  constructor(outlet: LeaseOutlet) {
    this.outlet = outlet
  }
}

/** The most that any peer is lent ahead of need, in tokens. */
export const MAX_WINDOW = 8192

export class Lessor {
  readonly #stock: Stock
  readonly #leases = new Set<Lease>()
  /** In order of arrival; those that gave up are still in it, no longer `live`. */
  readonly #queue = new Deque<Waiter>()
  /** Nowait waiters in the queue. */
  #impatient = 0
  /** Those in the queue that gave up. */
  #dead = 0
  #paused = false

  constructor(stock: Stock) {
    this.#stock = stock
  }

  join(outlet: LeaseOutlet): Lease {
    const lease = new Lease(outlet)
    this.#leases.add(lease)
    return lease
  }

  ask(lease: Lease, id: number, count: number, cost: number, nowait: boolean, window: number): void {
    setWindow(lease, window)
    for (let i = 0; i < count; i++) this.#enqueue({ lease, id: (id + i) >>> 0, cost, nowait, live: true })
    this.pump()
  }

  cancel(lease: Lease, id: number): void {
    const waiter = lease.waiters.get(id)
    if (waiter === undefined) return
    this.#forget(waiter)
    this.pump()
  }

  spent(lease: Lease, count: number, window = lease.window): void {
    if (count > lease.held) throw new ProtocolError(`${count} tokens spent, but only ${lease.held} held`)
    setWindow(lease, window)
    lease.held -= count
    lease.lentSince = Math.min(lease.lentSince, lease.held)
    lease.served = Math.max(0, lease.served - count)
    this.#stock.settle(lease, count)
  }

  returned(lease: Lease, count: number, cost: number, window: number): void {
    const known = lease.held - lease.lentSince
    if (count > known) throw new ProtocolError(`${count} tokens returned, but only ${known} held`)
    setWindow(lease, window)
    lease.held -= count
    if (count > 0) this.#stock.restore(lease, count, cost)
    if (cost > 0) lease.served = Math.max(0, lease.served - count)
    else {
      if (count > 0) {
        this.#forgetAnswered(lease)
        lease.served = 0
      }
      lease.recalled = false
      lease.lentSince = 0
      lease.wanted = lease.inUse
    }
    this.pump()
  }

  /** Tokens that were in use are unspent again, where they are. */
  regained(lease: Lease, count: number): void {
    noLongerInUse(lease, count)
    lease.held += count
    this.pump()
  }

  /** Tokens that were in use come back. */
  relinquished(lease: Lease, count: number): void {
    noLongerInUse(lease, count)
    this.#stock.restore(lease, count, 0)
    this.pump()
  }

  /** The peer let go or died. */
  leave(lease: Lease): void {
    if (!this.#leases.delete(lease)) return
    for (const waiter of [...lease.waiters.values()]) this.#forget(waiter)
    const { held } = lease
    lease.held = 0
    lease.lentSince = 0
    lease.window = 0
    if (held > 0) this.#stock.restore(lease, held, 0)
    this.pump()
  }

  /** Lends nothing until `resume`, and has everything given back that is unspent. Call it again while not `settled`. */
  pause(): void {
    this.#paused = true
    for (const lease of this.#leases) {
      if (lease.held === 0 || lease.recalled) continue
      lease.recalled = true
      lease.outlet.recall()
    }
  }

  resume(): void {
    this.#paused = false
    this.pump()
  }

  get paused(): boolean {
    return this.#paused
  }

  /** Whether nobody holds a token, nor has a recall to answer. */
  get settled(): boolean {
    for (const lease of this.#leases) if (lease.held > 0 || lease.recalled) return false
    return true
  }

  /** Nobody waits any more. */
  forgetAll(): void {
    for (const lease of this.#leases) for (const waiter of [...lease.waiters.values()]) this.#forget(waiter)
  }

  /** Serves whom it can. Call it whenever the stock may have grown. */
  pump(): void {
    if (this.#paused) return
    this.#serve()
    while (this.#impatient > 0 && this.#deny()) this.#serve()
    const waiting = this.#queue.length - this.#dead
    if (waiting === 0) this.#lendAhead()
    else this.#recall(waiting)
  }

  #serve(): void {
    for (let head = this.#queue.peek(); head !== undefined; head = this.#queue.peek()) {
      if (!head.live) {
        this.#queue.shift()
        this.#dead--
        continue
      }
      const available = this.#stock.available(head.cost)
      if (available === 0) return
      const count = this.#shiftAlike(head, head.cost > 0 ? 1 : available)
      head.lease.outlet.awaited()
      this.#lend(head.lease, count, head.cost, head.cost > 0 ? head.id : 0)
      head.lease.served += count
    }
  }

  /** Takes up to `limit` waiters of one peer from the head of the queue, to serve them in one go. */
  #shiftAlike({ lease, cost }: Waiter, limit: number): number {
    let count = 0
    for (let head = this.#queue.peek(); count < limit && head !== undefined; head = this.#queue.peek()) {
      if (head.live && (head.lease !== lease || head.cost !== cost)) break
      this.#queue.shift()
      if (head.live) {
        this.#settle(head)
        count++
      } else this.#dead--
    }
    return count
  }

  #lendAhead(): void {
    let available = this.#stock.available(0)
    if (available === 0) return
    let hungry = 0
    for (const lease of this.#leases) if (lease.window > lease.held) hungry++
    for (const lease of this.#leases) {
      if (hungry === 0 || available === 0) return
      if (lease.window <= lease.held) continue
      const share = Math.ceil(available / hungry--)
      const count = this.#stock.ahead(lease, Math.min(share, lease.window - lease.held))
      if (count === 0) continue
      available -= count
      this.#lend(lease, count, 0, 0)
    }
  }

  #lend(lease: Lease, count: number, cost: number, id: number): void {
    lease.held += count
    if (lease.recalled) lease.lentSince += count
    this.#stock.lend(lease, count, cost, id)
  }

  /**
   * Has everyone give back what is unspent, but for a peer whose users are the only ones that wait: they get what it
   * has. With costs that may be too little or too much, which matters to those who do not wait. Who uses some is told
   * once.
   */
  #recall(waiting: number): void {
    const all = this.#impatient > 0 && this.#queue.peek()!.cost > 0
    for (const lease of this.#leases) {
      if ((lease.held === 0 && lease.inUse <= lease.wanted) || lease.recalled) continue
      if (lease.waiters.size === waiting && !all) continue
      lease.recalled = true
      lease.outlet.recall()
    }
  }

  /** True: the first in line was denied, and those behind it may ask for less. */
  #deny(): boolean {
    let holders = 0
    for (const lease of this.#leases) if (lease.held > 0) holders++
    const deny = (waiter: Waiter): boolean => {
      // Tokens on their way to the waiter's own peer reach it before this answer does; with costs, what matters is not
      // that there are some but how much is left of them.
      const own = waiter.cost === 0 && waiter.lease.held > 0 ? 1 : 0
      if (!waiter.live || !waiter.nowait || holders > own) return false
      this.#forget(waiter)
      waiter.lease.outlet.deny(waiter.id)
      return true
    }
    const first = this.#queue.peek()
    if (first !== undefined && first.cost > 0 && deny(first)) return true
    for (const waiter of [...this.#queue]) deny(waiter)
    return false
  }

  /**
   * A peer that gives something back has no use for its asks: tokens that it was lent ahead of need, and that crossed
   * them, have answered them. Those with an id of their own it cancels itself.
   */
  #forgetAnswered(lease: Lease): void {
    for (const waiter of [...lease.waiters.values()]) if (!waiter.nowait && waiter.cost === 0) this.#forget(waiter)
  }

  #enqueue(waiter: Waiter): void {
    if (waiter.lease.waiters.has(waiter.id)) throw new ProtocolError(`waiter ${waiter.id} is already waiting`)
    waiter.lease.waiters.set(waiter.id, waiter)
    this.#queue.push(waiter)
    if (waiter.nowait) this.#impatient++
  }

  #settle(waiter: Waiter): void {
    waiter.live = false
    waiter.lease.waiters.delete(waiter.id)
    if (waiter.nowait) this.#impatient--
  }

  /** As `#settle`, for one that stays in the queue until it is passed, or until too many have. */
  #forget(waiter: Waiter): void {
    this.#settle(waiter)
    if (++this.#dead < 64 || this.#dead * 2 < this.#queue.length) return
    const live = [...this.#queue].filter((other) => other.live)
    this.#queue.clear()
    for (const other of live) this.#queue.push(other)
    this.#dead = 0
  }
}

function noLongerInUse(lease: Lease, count: number): void {
  if (count > lease.inUse)
    throw new ProtocolError(`${count} tokens are free again, but only ${lease.inUse} were in use`)
  lease.inUse -= count
  lease.wanted = Math.max(0, lease.wanted - count)
}

function setWindow(lease: Lease, window: number): void {
  lease.window = Math.min(window, MAX_WINDOW)
}
