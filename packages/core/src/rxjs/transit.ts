import type { Clock, Timer } from '../clock.ts'
import { type Inner, type InnerOwner, Inners } from './inners.ts'

/** So many may be missing while nothing is known of the operators in between. */
const BURST = 16
/** How long to wait before more than that are taken as dropped, in milliseconds. */
const STEP_MS = 100
/** How long to wait for what is in inner subscriptions before some of these are taken for live ones that have nothing to give. */
const LIVE_MS = 1_000
/** Silence must be so many times as long as any before it until what is late is taken as dropped. */
const PATIENCE = 4

/**
 * Counts what was emitted towards a stage and has not arrived there.
 *
 * An operator in between may drop an item (`filter`), keep it for later (`delay`) or make another of several
 * (`bufferCount`): whoever emits cannot see which. What did not arrive within the call that emitted it is in an inner
 * subscription, if one was opened for it (see `Inners`). Else it is *missing*, and what becomes of that depends on what was
 * seen so far:
 *
 * - **synchronous**: whatever arrived did so within such a call. What is missing when the event loop comes round was
 *   dropped, as long as not many more are in a row than ever were before.
 * - **unknown**: the same, but no more than `BURST` at a time are taken as dropped; from then on more and more, slowly.
 * - **asynchronous**: something arrived later than that. What is missing is on its way, until long after it should have
 *   come; which part of all gets through is learnt from that. But where it is known which items are in inner subscriptions,
 *   and no operator can have others in store, the rest was dropped, as before.
 */
export class Transit implements InnerOwner {
  /** Emitted and, as far as is known, yet to arrive. */
  count = 0
  /** How many have arrived in all. */
  arrivals = 0
  readonly inners = new Inners(this)
  readonly #clock: Clock
  /** Told that fewer are under way than was thought. */
  readonly #freed: () => void
  #kind: 'unknown' | 'synchronous' | 'asynchronous' = 'unknown'
  /** It was seen how items went into inner subscriptions. */
  #seesInners = false
  /** Those of `count` that did not arrive within the call, and are not known to be held by an operator. */
  #missing = 0
  /** Those of them that went past all operators whose inner subscriptions are known: to a Subject, if they were not dropped. */
  #elsewhere = 0
  /** So many were taken as dropped since the last arrival, and at most at any time. */
  #gap = 0
  #longestGap = 0
  /** So many more may be taken as dropped as soon as the event loop comes round. */
  #spare: number
  #steps = 0
  #timer: Timer
  #liveTimer: Timer
  #looking = false
  /** When something arrived last, or nothing was missing; and the longest time since then that ended well. */
  #heardAt = 0
  #longestSilence = 0
  /** Of an asynchronous chain: how many came late, how many never did, and what that leaves to be settled. */
  #late = 0
  #lost = 0
  #fraction = 0

  constructor(capacity: number, clock: Clock, freed: () => void) {
    this.#clock = clock
    this.#freed = freed
    this.#spare = Math.max(0, BURST - capacity)
  }

  /** It arrived, or what came of it did, within the call that emitted it; more may come from `inner`. */
  passed(inner?: Inner): void {
    if (inner !== undefined) inner.known = true
    this.count--
    if (this.#kind === 'unknown') {
      this.#kind = 'synchronous'
      this.#spare = BURST
    }
    this.#closeGap()
  }

  /** It did not arrive within the call that emitted it. `kept`: an operator that has inner subscriptions may have it. */
  missed(kept = true): void {
    if (!kept) this.#elsewhere++
    if (this.#missing++ === 0) this.#heardAt = this.#clock.now()
    this.#lookSoon()
  }

  /** It did not arrive within the call that emitted it, for it is in an inner subscription. */
  isIn(inner: Inner): void {
    if (this.inners.holding === 0) this.#heardAt = this.#clock.now()
    if (!this.#seesInners) this.#spare = BURST
    this.#seesInners = true
    this.#kind = 'asynchronous'
    this.inners.hold(inner)
    this.#expectLife()
  }

  innerGave(): void {
    this.count--
    this.#hear()
    this.#closeGap()
  }

  /** As an Observable of `groupBy` does, which gets its items from a Subject. */
  innerGaveMore(): void {
    if (this.#elsewhere === 0) return
    this.#elsewhere--
    this.#settle(1)
    this.#hear()
  }

  innerEnded(empty: boolean): void {
    if (empty) {
      this.#hear()
      this.#missing++
    }
    if (this.#missing > 0) this.#lookSoon()
  }

  innerFollows(): boolean {
    if (this.#missing === 0) return false
    this.#missing--
    this.#elsewhere = Math.min(this.#elsewhere, this.#missing)
    return true
  }

  /** Something arrived outside of any call that emits. */
  arrivedLate(): void {
    if (this.inners.arrived()) return
    this.#kind = 'asynchronous'
    if (this.#missing === 0) {
      // One that was given up, after all; or an operator that makes several of one.
      if (this.#lost > 0) this.#lost--
      return
    }
    this.#hear()
    this.#late++
    this.#fraction += this.#lost / this.#late
    const others = Math.floor(this.#fraction)
    this.#fraction -= others
    this.#settle(1 + others)
    if (others > 0) this.#freed()
  }

  /** Nobody wants to know any more. */
  end(): void {
    this.#clock.clearTimer(this.#timer)
    this.#clock.clearTimer(this.#liveTimer)
    this.#missing = 0
  }

  #hear(): void {
    const now = this.#clock.now()
    this.#longestSilence = Math.max(this.#longestSilence, now - this.#heardAt)
    this.#heardAt = now
  }

  #closeGap(): void {
    if (this.#gap === 0) return
    this.#longestGap = Math.max(this.#longestGap, this.#gap)
    this.#gap = 0
    this.#steps = 0
    this.#spare = BURST * Math.max(1, this.#longestGap)
  }

  #settle(count: number): void {
    const settled = Math.min(count, this.#missing)
    this.#missing -= settled
    this.#elsewhere = Math.min(this.#elsewhere, this.#missing)
    this.count -= settled
  }

  /** Whether what is missing may be on its way. */
  get #maybeLate(): boolean {
    return this.#kind === 'asynchronous' && !(this.#seesInners && !this.inners.full)
  }

  #lookSoon(): void {
    if (this.#looking) return
    this.#looking = true
    this.#clock.defer(() => this.#look())
  }

  /** The event loop has come round. */
  #look(): void {
    this.#looking = false
    if (this.#missing === 0) return
    if (this.#maybeLate) return this.#wait()
    const dropped = Math.min(this.#missing, this.#spare)
    this.#spare -= dropped
    this.#gap += dropped
    this.#settle(dropped)
    if (this.#missing > 0) this.#wait()
    if (dropped > 0) this.#freed()
  }

  #wait(): void {
    if (this.#timer !== undefined) return
    const ms = this.#maybeLate ? this.#patience - (this.#clock.now() - this.#heardAt) : STEP_MS
    this.#timer = this.#clock.setTimer(
      () => {
        this.#timer = undefined
        if (this.#missing === 0) return
        if (this.#maybeLate) this.#giveUp()
        else this.#step()
      },
      Math.max(1, ms),
    )
  }

  /** Milliseconds of silence after which what is missing will not come. */
  get #patience(): number {
    return Math.max(STEP_MS, PATIENCE * this.#longestSilence)
  }

  /** The longer nothing arrives, the likelier it is that the chain drops what it gets. */
  #step(): void {
    this.#steps++
    this.#spare += BURST * this.#steps ** 2
    this.#look()
  }

  #giveUp(): void {
    if (this.#clock.now() - this.#heardAt < this.#patience) return this.#wait()
    const lost = Math.ceil(this.#missing / 2)
    this.#lost += lost
    this.#settle(lost)
    this.#heardAt = this.#clock.now()
    if (this.#missing > 0) this.#wait()
    this.#freed()
  }

  /** An inner subscription may be to what is live and may never have anything to give: then others must not wait for it. */
  #expectLife(): void {
    if (this.#liveTimer !== undefined) return
    const patience = Math.max(LIVE_MS, this.#patience)
    const look = () => {
      this.#liveTimer = undefined
      const { holding } = this.inners
      if (holding === 0) return
      if (this.#clock.now() - this.#heardAt >= patience) {
        const silent = Math.ceil(holding / 2)
        this.inners.giveUp(silent)
        this.count -= silent
        this.#heardAt = this.#clock.now()
        this.#freed()
      }
      this.#expectLife()
    }
    this.#liveTimer = this.#clock.setTimer(look, Math.max(1, this.#heardAt + patience - this.#clock.now()), true)
  }
}
