import type { Clock, Timer } from '../clock.ts'

/** So many may be missing while nothing is known of the operators in between. */
const BURST = 16
/** How long to wait before more than that are taken as dropped, in milliseconds. */
const STEP_MS = 100
/** Silence must be so many times as long as any before it until what is late is taken as dropped. */
const PATIENCE = 4

/**
 * Counts what was emitted towards a stage and has not arrived there.
 *
 * An operator in between may drop an item (`filter`), keep it for later (`delay`) or make another of several
 * (`bufferCount`): whoever emits cannot see which. So what did not arrive within the call that emitted it is *missing*, and
 * what becomes of that depends on what was seen so far:
 *
 * - **synchronous**: whatever arrived did so within such a call. What is missing when the event loop comes round was
 *   dropped, as long as not many more are in a row than ever were before.
 * - **unknown**: the same, but no more than `BURST` at a time are taken as dropped; from then on more and more, slowly.
 * - **asynchronous**: something arrived later than that. What is missing is on its way, until long after it should have
 *   come; which part of all gets through is learnt from that.
 */
export class Transit {
  /** Emitted and, as far as is known, yet to arrive. */
  count = 0
  /** How many have arrived in all. */
  arrivals = 0
  readonly #clock: Clock
  /** Told that fewer are under way than was thought. */
  readonly #freed: () => void
  #kind: 'unknown' | 'synchronous' | 'asynchronous' = 'unknown'
  /** Those of `count` that did not arrive within the call, and are not known to be held by an operator. */
  #missing = 0
  /** So many were taken as dropped since the last arrival, and at most at any time. */
  #gap = 0
  #longestGap = 0
  /** So many more may be taken as dropped as soon as the event loop comes round. */
  #spare: number
  #steps = 0
  #timer: Timer
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

  /** It arrived, or what came of it did, within the call that emitted it. */
  passed(): void {
    this.count--
    if (this.#kind === 'unknown') {
      this.#kind = 'synchronous'
      this.#spare = BURST
    }
    if (this.#gap === 0) return
    this.#longestGap = Math.max(this.#longestGap, this.#gap)
    this.#gap = 0
    this.#steps = 0
    this.#spare = BURST * Math.max(1, this.#longestGap)
  }

  /** It did not arrive within the call that emitted it. */
  missed(): void {
    if (this.#missing++ === 0) this.#heardAt = this.#clock.now()
    if (this.#looking) return
    this.#looking = true
    this.#clock.defer(() => this.#look())
  }

  /** Something arrived outside of any call that emits. */
  arrivedLate(): void {
    this.#kind = 'asynchronous'
    if (this.#missing === 0) {
      // One that was given up, after all; or an operator that makes several of one.
      if (this.#lost > 0) this.#lost--
      return
    }
    const now = this.#clock.now()
    this.#longestSilence = Math.max(this.#longestSilence, now - this.#heardAt)
    this.#heardAt = now
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
    this.#missing = 0
  }

  #settle(count: number): void {
    const settled = Math.min(count, this.#missing)
    this.#missing -= settled
    this.count -= settled
  }

  /** The event loop has come round. */
  #look(): void {
    this.#looking = false
    if (this.#missing === 0) return
    if (this.#kind === 'asynchronous') return this.#wait()
    const dropped = Math.min(this.#missing, this.#spare)
    this.#spare -= dropped
    this.#gap += dropped
    this.#settle(dropped)
    if (this.#missing > 0) this.#wait()
    if (dropped > 0) this.#freed()
  }

  #wait(): void {
    if (this.#timer !== undefined) return
    const ms = this.#kind === 'asynchronous' ? this.#patience - (this.#clock.now() - this.#heardAt) : STEP_MS
    this.#timer = this.#clock.setTimer(
      () => {
        this.#timer = undefined
        if (this.#missing === 0) return
        if (this.#kind === 'asynchronous') this.#giveUp()
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
}
