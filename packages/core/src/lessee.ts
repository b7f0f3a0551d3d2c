import { type AbortSignal, offAbort, onAbort } from './abort-signal.ts'
import { type Clock, LONGEST_MS, type Timer } from './clock.ts'
import { Deque } from './deque.ts'
import { MAX_WINDOW } from './lease.ts'
import { refusedWait } from './options.ts'
import type { Turn } from './turn.ts'

/** How long an operation may wait. */
export interface WaitOptions {
  /** Milliseconds; none: as long as it takes; 0 or less: not at all. */
  readonly timeout?: number | undefined
  /** Aborting it rejects the operation with the signal's reason; it then takes and leaves nothing. */
  readonly signal?: AbortSignal | undefined
}

/** One pending operation of this context. Exactly one of the three is called, once. */
export interface Operation {
  /** A token is yours: use it. */
  serve(): void
  /** None came in time. */
  expire(): void
  fail(reason: unknown): void
}

interface Waiter {
  readonly operation: Operation
  readonly id: number
  /** Known to the hub by its own id: it does not wait, or its token has a cost. */
  exact: boolean
  readonly cost: number
  readonly nowait: boolean
  /** Only wants to know that there is a token. */
  readonly peeks: boolean
  live: boolean
  timer: Timer
  signal: AbortSignal | undefined
  onAbort: (() => void) | undefined
}

/** How a lessee reaches its lessor, and what it does with tokens that it gives up. */
export interface LesseeOutlet {
  ask(id: number, cost: number, nowait: boolean, window: number): void
  cancel(id: number): void
  /** Gives back `count` tokens, as a recall demands: the newest items, the oldest slots. */
  giveBack(count: number, window: number): void
  /** Whether the oldest token in hand is good for that cost. */
  fits(cost: number): boolean
  /** Gives back the oldest tokens, those that are good for the same, unasked; returns how many. */
  giveBackOldest(window: number): number
  /** A pending operation more or less: pending operations keep a context from ending. */
  pending(change: 1 | -1): void
}

/**
 * A long turn is sent in parts: the other side, which may have gone to sleep, wakes while this one goes on. The first
 * part is short, and each is twice as long as the one before, up to the last.
 */
const FIRST_PART = 32
const LAST_PART = 256

/**
 * How long an operation that does not wait waits for the answer, in milliseconds. The hub asks everyone who may hold a
 * token unspent before it denies one; a process that blocks its event loop, or was stopped, does not answer.
 */
const NOWAIT_MS = 1_000

/**
 * A peer's half of `lease.ts`: the tokens of one kind that one primitive has delegated to this context.
 *
 * **Fast path** `ready` then `spend`: no frame, no timer, no promise chain. **Slow path** `wait`.
 *
 * **Invariants**
 * - Every live waiter is covered: by a token in hand that the next turn hands out, or by an ask at the hub.
 * - Waiters are served in order, whichever ask brought the token.
 *
 * **Window** How many tokens to hold ahead of need: doubled whenever they run dry, and at most what this context
 * spends in a millisecond, so that a slow one hoards nothing.
 */
export class Lessee {
  /** In hand and unspent. */
  tokens = 0
  /** Live waiters. */
  waiting = 0
  window = 0
  readonly #outlet: LesseeOutlet
  readonly #turn: Turn
  readonly #clock: Clock
  readonly #waiters = new Deque<Waiter>()
  readonly #exact = new Map<number, Waiter>()
  /** Ids of the asks, other than exact ones, that the hub has not answered as far as is known here; never too many. */
  readonly #asked = new Deque<number>()
  #exactWaiting = 0
  /** Waiters have costs: one that has none is but a look. */
  #costs = false
  /** The waiter for whom the latest tokens were lent, if for one alone. */
  #answered = 0
  #lastId = 0
  #dead = 0
  #resuming = false
  /** For how many reasons the tokens in hand are not to be used. */
  #reasons = 0
  #floor = 0
  #since = 0
  #spent = 0
  #part = FIRST_PART
  #partLeft = FIRST_PART

  constructor(outlet: LesseeOutlet, turn: Turn, clock: Clock) {
    this.#outlet = outlet
    this.#turn = turn
    this.#clock = clock
  }

  /**
   * Holds at least so many ahead of need, however slowly they are spent: for who is alone in using them, and whom others
   * give no more than he is to have.
   */
  holdAhead(floor: number): void {
    this.#floor = floor
    this.#narrow(this.window)
  }

  #narrow(window: number): void {
    this.window = Math.max(this.#floor, window)
  }

  /** Whether an operation may `spend` at once; a turn lasts `limit` milliseconds at most, if not as long as others. */
  ready(limit?: number): boolean {
    return this.free && !this.#turn.spend(limit)
  }

  /** The same for who does not go on and on within one turn. */
  get free(): boolean {
    return this.tokens > 0 && this.waiting === 0 && this.#reasons === 0
  }

  spend(): void {
    this.#spent++
    this.tokens--
    if (--this.#partLeft === 0) this.#endPart()
  }

  /** An operation that has yet to come, or that has come, counts as pending. */
  pending(change: 1 | -1): void {
    this.#outlet.pending(change)
  }

  /** Takes back what was spent last: it was not used after all. */
  putBack(): void {
    this.#spent--
    this.tokens++
    this.#partLeft++
  }

  /** As `spend`, for a token that is used and not used up: it comes back by `regain`. */
  borrow(): void {
    this.tokens--
  }

  /** A token is in hand again: for whoever waits here, now or, if this turn has lasted long enough, in the next. */
  regain(): void {
    this.tokens++
    if (this.waiting === 0) return
    if (!this.#turn.spend()) this.#serve()
    // Whoever has it, or will have it next, is the one who had asked first.
    while (this.#asked.length > Math.max(0, this.waiting - this.#exactWaiting - this.tokens))
      this.#outlet.cancel(this.#asked.shift()!)
    this.#cover()
  }

  /** Whether nobody waits for more than is in hand, but for those whom the hub knows by their own id. */
  get idle(): boolean {
    return this.waiting - this.#exactWaiting <= this.tokens
  }

  /** The hub was told that this is idle: it forgets whoever had asked. */
  forgotten(): void {
    // For each item that is taken: to clear what is empty would make an array each time.
    if (this.#asked.length > 0) this.#asked.clear()
  }

  /**
   * Tokens were given back, whoever waits here: all of those line up behind whoever waits elsewhere. `forgotten`: so did
   * those who had asked, since the hub forgets that.
   */
  surrendered(forgotten: boolean): void {
    if (forgotten) this.#asked.clear()
    if (this.waiting === 0) return
    this.#askExactly(false)
    this.#cover()
  }

  wait(operation: Operation, options: WaitOptions | undefined, cost = 0): void {
    this.#wait(operation, options, cost, false)
  }

  /** As `wait`, but leaves the token that serves the operation to whoever comes next. */
  peek(operation: Operation, options: WaitOptions | undefined): void {
    this.#wait(operation, options, 0, true)
  }

  #wait(operation: Operation, options: WaitOptions | undefined, cost: number, peeks: boolean): void {
    const refused = refusedWait(options)
    if (refused !== undefined) return operation.fail(refused)
    const { timeout, signal } = options ?? {}
    if (signal?.aborted) return operation.fail(signal.reason)
    const nowait = timeout !== undefined && !(timeout > 0)
    if (cost > 0) {
      this.#costs = true
      if (this.waiting === 0) this.#giveBackUnfit(cost)
    }
    const exact = (cost > 0 || nowait) && (this.tokens <= this.waiting || this.#reasons > 0)
    this.#lastId = (this.#lastId + 1) >>> 0 || 1
    const waiter: Waiter = {
      operation,
      id: this.#lastId,
      exact,
      cost,
      nowait,
      peeks,
      live: true,
      timer: undefined,
      signal: undefined,
      onAbort: undefined,
    }
    this.#waiters.push(waiter)
    this.waiting++
    this.#outlet.pending(1)
    if (signal !== undefined) this.#listen(waiter, signal)
    if (timeout !== undefined && timeout <= LONGEST_MS && (exact || !nowait))
      waiter.timer = this.#clock.setTimer(() => this.#giveUp(waiter).expire(), nowait ? NOWAIT_MS : timeout)
    if (exact) this.#askFor(waiter)
    else this.#cover()
  }

  #askFor(waiter: Waiter): void {
    this.#exact.set(waiter.id, waiter)
    this.#exactWaiting++
    this.#outlet.ask(waiter.id, waiter.cost, waiter.nowait, this.#widen())
  }

  /** Gives back the oldest tokens that are not good for that cost: they are not what its waiter needs. */
  #giveBackUnfit(cost: number): void {
    while (this.tokens > 0 && !this.#outlet.fits(cost)) this.tokens -= this.#outlet.giveBackOldest(this.window)
  }

  /** Tokens arrived: `id` names the waiter with a cost for whom they were lent, if there is one. */
  granted(count: number, id: number): void {
    this.#answered = id
    if (this.tokens === 0) {
      this.#measureFrom(this.#clock.now())
      this.#part = this.#partLeft = FIRST_PART
    }
    this.tokens += count
    for (let i = 0; i < count && this.#asked.length > 0; i++) this.#asked.shift()
    this.#serve()
    const passedOver = id === 0 ? undefined : this.#exact.get(id)
    // What it had asked for served one before it, or was not good enough for that one.
    if (passedOver !== undefined && this.#reasons === 0)
      this.#outlet.ask(id, passedOver.cost, passedOver.nowait, this.#widen())
    this.#cover()
  }

  denied(id: number): void {
    const waiter = this.#exact.get(id)
    // Nobody else is refused, whatever the lessor says: it need not be the hub.
    if (waiter?.nowait) {
      this.#settle(waiter)
      this.#bury()
      waiter.operation.expire()
      this.#outlet.pending(-1)
    }
    this.#cover()
  }

  /** Gives back what nobody here waits for. */
  recalled(): void {
    const surplus = Math.max(0, this.tokens - this.waiting)
    this.tokens -= surplus
    // Whoever gives something back asks for nothing: the hub forgets what was asked.
    if (surplus > 0) this.#asked.clear()
    this.slowDown()
    this.#narrow(this.window >> 1)
    this.#outlet.giveBack(surplus, this.window)
  }

  /** Narrows the window to what was spent per millisecond, if that took longer. */
  slowDown(): void {
    const now = this.#clock.now()
    const ms = now - this.#since
    if (ms <= 1) return
    this.#narrow(Math.min(this.window, Math.floor(this.#spent / ms)))
    this.#measureFrom(now)
  }

  /** One reason more, or less, not to use the tokens in hand for now. */
  withhold(change: 1 | -1): void {
    this.#reasons += change
    if (this.#reasons === 0) this.#cover()
  }

  /** The tokens in hand are none any more, and who was asked for others is another: asks for all that wait. */
  restart(): void {
    this.tokens = 0
    this.#asked.clear()
    this.#askExactly(true)
    this.#cover()
  }

  /** Has those ask by their own id who were to have a token in hand, and need that; `again`: also those who did. */
  #askExactly(again: boolean): void {
    for (const waiter of this.#waiters) {
      if (!waiter.live) continue
      if (waiter.exact) {
        if (again) this.#outlet.ask(waiter.id, waiter.cost, waiter.nowait, this.window)
      } else if (waiter.nowait || waiter.cost > 0) {
        waiter.exact = true
        this.#askFor(waiter)
      }
    }
  }

  /** Refuses everything that waits; tokens in hand stay. */
  fail(reason: unknown): void {
    for (const waiter of [...this.#waiters]) {
      if (!waiter.live) continue
      this.#settle(waiter)
      if (waiter.exact) this.#outlet.cancel(waiter.id)
      waiter.operation.fail(reason)
      this.#outlet.pending(-1)
    }
    for (const id of this.#asked) this.#outlet.cancel(id)
    this.#asked.clear()
    this.#waiters.clear()
    this.#dead = 0
  }

  /** Refuses those that only look: what is to be used is used all the same. */
  failPeeks(reason: unknown): void {
    for (const waiter of [...this.#waiters]) if (waiter.live && waiter.peeks) this.#giveUp(waiter).fail(reason)
  }

  #endPart(): void {
    this.#part = Math.min(this.#part * 2, LAST_PART)
    this.#partLeft = this.#part
    this.#turn.flush(true)
  }

  #serve(): void {
    while (this.tokens > 0 && this.waiting > 0 && this.#reasons === 0) {
      const waiter = this.#waiters.peek()!
      if (waiter.live && waiter.cost > 0 && !this.#outlet.fits(waiter.cost)) {
        this.#giveBackUnfit(waiter.cost)
        continue
      }
      this.#waiters.shift()
      if (!waiter.live) {
        this.#dead--
        continue
      }
      this.#settle(waiter)
      if (!waiter.peeks) {
        this.tokens--
        this.#spent++
      }
      if (waiter.exact && waiter.cost > 0 && waiter.id !== this.#answered) this.#outlet.cancel(waiter.id)
      waiter.operation.serve()
      this.#outlet.pending(-1)
    }
  }

  /** Sees to it that every live waiter will be served: by a token in hand, or by an ask. */
  #cover(): void {
    if (this.waiting === 0) return
    if (this.#costs) this.#coverCosts()
    if (this.tokens > 0 && !this.#resuming && this.#reasons === 0) {
      this.#resuming = true
      this.#turn.next(() => {
        this.#resuming = false
        this.#serve()
        this.#cover()
      })
    }
    let missing = this.waiting - this.#exactWaiting - this.tokens - this.#asked.length
    for (; missing > 0; missing--) {
      this.#lastId = (this.#lastId + 1) >>> 0 || 1
      this.#asked.push(this.#lastId)
      this.#outlet.ask(this.#lastId, 0, false, this.#widen())
    }
  }

  /** Those that were to have a token in hand, which then was not good enough for them, ask like the others. */
  #coverCosts(): void {
    if (this.tokens > 0 || this.#exactWaiting === this.waiting) return
    for (const waiter of this.#waiters) {
      if (!waiter.live || waiter.exact || waiter.cost === 0) continue
      waiter.exact = true
      this.#askFor(waiter)
    }
  }

  #widen(): number {
    if (this.#spent === 0) return this.window
    const perMs = this.#spent / Math.max(this.#clock.now() - this.#since, 0.001)
    this.#narrow(Math.floor(Math.min(perMs, Math.max(2 * this.window, 2 * this.#spent), MAX_WINDOW)))
    return this.window
  }

  #measureFrom(now: number): void {
    this.#since = now
    this.#spent = 0
  }

  #listen(waiter: Waiter, signal: AbortSignal): void {
    waiter.signal = signal
    waiter.onAbort = () => this.#giveUp(waiter).fail(signal.reason)
    onAbort(signal, waiter.onAbort)
  }

  /** Takes a waiter out of the line; the caller tells its operation why. */
  #giveUp(waiter: Waiter): Operation {
    this.#settle(waiter)
    this.#bury()
    if (waiter.exact) {
      this.#outlet.cancel(waiter.id)
    } else if (this.#asked.length > Math.max(0, this.waiting - this.#exactWaiting - this.tokens)) {
      // Whichever ask goes, the newest is the one that costs no other waiter its place.
      this.#outlet.cancel(this.#asked.pop()!)
    }
    this.#outlet.pending(-1)
    return waiter.operation
  }

  /** The caller tells the outlet, once the operation is through: only then may a channel that is idle be let go. */
  #settle(waiter: Waiter): void {
    waiter.live = false
    this.waiting--
    if (waiter.exact) {
      this.#exactWaiting--
      this.#exact.delete(waiter.id)
    }
    if (waiter.timer !== undefined) this.#clock.clearTimer(waiter.timer)
    if (waiter.onAbort !== undefined) offAbort(waiter.signal!, waiter.onAbort)
  }

  /** Counts a dead waiter that is still in line, and clears the line of them when they are many. */
  #bury(): void {
    if (++this.#dead < 64 || this.#dead * 2 < this.#waiters.length) return
    const live = [...this.#waiters].filter((waiter) => waiter.live)
    this.#waiters.clear()
    for (const waiter of live) this.#waiters.push(waiter)
    this.#dead = 0
  }
}
