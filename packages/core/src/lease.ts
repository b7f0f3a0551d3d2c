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
 * fast: each peer's window is what it spends in about a millisecond. Whoever has still to answer a RECALL gets none.
 *
 * **Order** What came back is not lent to who holds something newer, which may be the last thing that it takes; nor ahead of
 * need to who does not ask now, for it may have taken that already. A waiter of a peer that holds something newer lets the
 * others go first: it has asked before that had arrived, and is served by it; and is forgotten once that is spent. So does a
 * waiter of a peer that may have something to give back: it gets nothing newer before that.
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
  /** Whether what is next in the stock is newer than all that the peer holds, and than what it may give back. */
  inOrder(lease: Lease): boolean
  /** Whether what is next in the stock was lent before, if that matters. */
  cameBack(): boolean
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
  /** Of arrival. */
  readonly order: number
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
  /** Its users have waited for tokens, now or before. */
  hasAsked = false
  /** Whom of the peer's users the lessor still knows as waiting, by id. */
  readonly waiters = new Map<number, Waiter>()
  readonly outlet: LeaseOutlet

  constructor(outlet: LeaseOutlet) {
    this.outlet = outlet
  }

  /** Whether it may give something back before it hears of what it is lent now. */
  get owes(): boolean {
    return this.recalled && this.held > this.lentSince
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
  /** How many were ever in it. */
  #asks = 0
  #paused = false
  /** Who was served by the `pump` under way. */
  readonly #fed: Lease[] = []

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
    lease.hasAsked = true
    for (let i = 0; i < count; i++)
      this.#enqueue({ lease, id: (id + i) >>> 0, cost, nowait, order: this.#asks++, live: true })
    this.pump()
  }

  cancel(lease: Lease, id: number): void {
    const waiter = lease.waiters.get(id)
    if (waiter === undefined) return
    this.#forget(waiter)
    this.pump()
  }

  /** `idle`: nobody there waits for more than has come. */
  spent(lease: Lease, count: number, window = lease.window, idle = false): void {
    if (count > lease.held) throw new ProtocolError(`${count} tokens spent, but only ${lease.held} held`)
    setWindow(lease, window)
    lease.held -= count
    lease.lentSince = Math.min(lease.lentSince, lease.held)
    lease.served = Math.max(0, lease.served - count)
    if (idle && lease.waiters.size > 0) this.#forgetAnswered(lease)
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
    this.#fed.length = 0
    this.#serve()
    while (this.#impatient > 0 && this.#deny()) this.#serve()
    const waiting = this.#queue.length - this.#dead
    if (waiting === 0) this.#lendAhead()
    else this.#recall(waiting)
  }

  #serve(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const available = this.#stock.available(next.cost)
      if (available === 0) return
      const { lease, cost, id } = next
      const count = this.#takeAlike(next, cost > 0 ? 1 : available)
      lease.outlet.awaited()
      this.#lend(lease, count, cost, cost > 0 ? id : 0)
      lease.served += count
      this.#fed.push(lease)
    }
  }

  /** The first in line who need not let others go first. */
  #next(): Waiter | undefined {
    let head = this.#queue.peek()
    for (; head !== undefined && !head.live; head = this.#queue.peek()) {
      this.#queue.shift()
      this.#dead--
    }
    if (head === undefined || this.#mayBeServed(head) || this.#stock.available(head.cost) === 0) return head
    return this.#impatient > 0 ? this.#nextOfAll() : this.#nextOfFirsts()
  }

  #nextOfAll(): Waiter | undefined {
    for (const waiter of this.#queue) if (waiter.live && this.#mayBeServed(waiter)) return waiter
    return undefined
  }

  /** The same where those of one peer are alike, and can be many. */
  #nextOfFirsts(): Waiter | undefined {
    let next: Waiter | undefined
    for (const { waiters } of this.#leases) {
      if (waiters.size === 0) continue
      const first = waiters.values().next().value!
      if ((next === undefined || first.order < next.order) && this.#mayBeServed(first)) next = first
    }
    return next
  }

  #mayBeServed({ lease, nowait }: Waiter): boolean {
    return nowait || lease.held === 0 || this.#stock.inOrder(lease)
  }

  /** Takes up to `limit` waiters of one peer, who are in line one behind the other, to serve them in one go. */
  #takeAlike(first: Waiter, limit: number): number {
    if (first !== this.#queue.peek()) {
      // Then those ahead of it come first again.
      this.#forget(first)
      return 1
    }
    const { lease, cost, nowait } = first
    let count = 0
    for (let head = this.#queue.peek(); count < limit && head !== undefined; head = this.#queue.peek()) {
      if (head.live && (head.lease !== lease || head.cost !== cost || head.nowait !== nowait)) break
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
    for (const lease of this.#leases) if (isHungry(lease)) hungry++
    for (const lease of this.#leases) {
      if (hungry === 0 || available === 0) return
      if (!isHungry(lease)) continue
      const share = Math.ceil(available / hungry--)
      const wanted = Math.min(share, lease.window - lease.held)
      const count = this.#mayHaveAhead(lease) ? this.#stock.ahead(lease, wanted) : 0
      if (count === 0) continue
      available -= count
      this.#lend(lease, count, 0, 0)
    }
  }

  #mayHaveAhead(lease: Lease): boolean {
    if (!this.#stock.inOrder(lease)) return false
    return !this.#stock.cameBack() || this.#fed.includes(lease) || this.#isAlone(lease)
  }

  /** Whether nobody else takes part, not even between two asks. */
  #isAlone(lease: Lease): boolean {
    for (const other of this.#leases) if (other !== lease && other.hasAsked) return false
    return true
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
   * A peer that gives something back, or where nobody waits, has no use for its asks: tokens that it was lent ahead of
   * need, and that crossed them, have answered them. Those with an id of their own it cancels itself.
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

/** Who has still to answer a RECALL is lent nothing more: what it gives back would come behind that, out of order. */
function isHungry(lease: Lease): boolean {
  return lease.window > lease.held && !lease.recalled
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
