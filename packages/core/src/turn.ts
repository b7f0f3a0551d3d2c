import type { Clock } from './clock.ts'
import { Vigil } from './vigil.ts'

/** What has something to send when the turn ends. */
export interface Flushable {
  /** What it sends is received in this context, at once. */
  readonly local: boolean
  /** `early`: the turn goes on. */
  flush(early: boolean): void
}

/** A turn that lasts longer is cut: its batches leave, and the event loop gets to read. */
const LIMIT_MS = 1
/** How often the clock is looked at, in milliseconds and at most this many operations. */
const LOOK_MS = 0.1
const LOOK_OPS = 64

/**
 * One turn of a context's event loop: everything written in it leaves as one batch, when it ends.
 *
 * Operations on delegated tokens complete without the event loop, so a program that does nothing else would never
 * read what others send, nor be seen to have done anything. `spend` counts them and tells when the turn has lasted
 * long enough; the operation then waits for the next turn. The clock is not read each time.
 *
 * Whether the event loop sleeps between two turns is decided by the `Vigil`.
 */
export class Turn {
  /** How many have ended. */
  count = 0
  readonly #clock: Clock
  #dirty: Flushable[] = []
  /**
   * Of the flush under way: how many of the dirty links were looked at, which had their turn, which of them wait for its
   * end, and which were written to after theirs.
   */
  #next = 0
  readonly #flushed: Flushable[] = []
  readonly #remote: Flushable[] = []
  #again: Flushable[] = []
  readonly #postponed: Flushable[] = []
  #resuming: Array<() => void> = []
  #scheduled = false
  #flushing = false
  #began = 0
  #ops = 0
  #nextLook = 1
  /** As far as the clock was looked at, in milliseconds. */
  #elapsed = 0
  readonly #vigil = new Vigil()
  #heard = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Has `link` flushed when the turn ends. Each caller remembers that it asked, and asks once. */
  schedule(link: Flushable): void {
    this.#dirty.push(link)
    this.#arm()
  }

  /** Has `link` flushed when a turn ends next: for what gains by company and loses nothing by waiting for it. */
  postpone(link: Flushable): void {
    this.#postponed.push(link)
    this.#arm()
  }

  /** What was postponed is not any more; false: its turn has come. */
  recall(link: Flushable): boolean {
    const at = this.#postponed.indexOf(link)
    if (at >= 0) this.#postponed.splice(at, 1)
    return at >= 0
  }

  /** Runs `resume` when the next turn begins. */
  next(resume: () => void): void {
    this.#resuming.push(resume)
    this.#arm()
  }

  /** Another context has sent something. */
  heard(): void {
    if (this.#heard) return
    this.#heard = true
    this.#vigil.heard(this.#clock.now())
    this.#arm()
  }

  /** Counts a local operation. True: this turn has lasted long enough, which is `limit` milliseconds. */
  spend(limit = LIMIT_MS): boolean {
    return ++this.#ops >= this.#nextLook && this.#look(limit)
  }

  /**
   * Sends everything written so far and what that gives rise to in this context, each link once: what is written to a
   * link that was just flushed, by a put that found its slot, say, leaves with what user code adds to it.
   */
  flush(early = false): void {
    if (this.#flushing) return
    this.#flushing = true
    const remote = this.#remote
    try {
      this.#flushDirty(early)
      // Last come those that leave this context: with what the others have given rise to.
      for (let i = 0; i < remote.length; i++) {
        remote[i]!.flush(early)
        this.#flushDirty(early)
      }
    } finally {
      const sent = this.#dirty
      this.#dirty = this.#again
      this.#again = sent
      sent.length = 0
      remote.length = 0
      this.#flushed.length = 0
      this.#next = 0
      this.#flushing = false
    }
    if (this.#dirty.length > 0) this.#arm()
  }

  /** Flushes the local ones, each once, and lays the others aside. */
  #flushDirty(early: boolean): void {
    while (this.#next < this.#dirty.length) {
      const link = this.#dirty[this.#next++]!
      if (this.#flushed.includes(link)) {
        this.#again.push(link)
        continue
      }
      this.#flushed.push(link)
      if (link.local) link.flush(early)
      else this.#remote.push(link)
    }
  }

  /**
   * Sends what somebody in this context waits for, although the turn goes on: what user code answers to it then leaves
   * with this turn, and not with the next.
   */
  flushLocal(): void {
    if (this.#flushing || this.#dirty.length === 0) return
    const local = this.#dirty.filter((link) => link.local)
    if (local.length === 0) return
    this.#dirty = this.#dirty.filter((link) => !link.local)
    // None within another, or what it sends would overtake the rest of what that one sends.
    this.#flushing = true
    try {
      // Each once: what user code does with what it gets must not keep this turn from ending.
      for (const link of local) link.flush(true)
    } finally {
      this.#flushing = false
    }
  }

  /** Runs `then` when everything written so far has left: now, or, if this is a flush, when the turn ends. */
  flushThen(then: () => void): void {
    if (this.#flushing) return this.next(then)
    this.flush(true)
    then()
  }

  #look(limit: number): boolean {
    if (this.#ops === 1) {
      this.#began = this.#clock.now()
      this.#nextLook = 2
      this.#arm()
      return false
    }
    if (this.#elapsed > limit) return true
    const elapsed = this.#clock.now() - this.#began
    this.#elapsed = elapsed
    if (elapsed > limit) return true
    const pace = elapsed > 0 ? (this.#ops * LOOK_MS) / elapsed : LOOK_OPS
    this.#nextLook = this.#ops + Math.max(1, Math.min(LOOK_OPS, Math.floor(pace)))
    return false
  }

  #arm(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#clock.defer(() => this.#end())
  }

  #end(): void {
    this.count++
    this.#scheduled = false
    this.#ops = 0
    this.#nextLook = 1
    this.#elapsed = 0
    const idle = !this.#heard && this.#dirty.length === 0 && this.#postponed.length === 0 && this.#resuming.length === 0
    this.#heard = false
    this.#dirty.push(...this.#postponed)
    this.#postponed.length = 0
    this.flush()
    const resuming = this.#resuming
    if (resuming.length > 0) {
      this.#resuming = []
      for (const resume of resuming) resume()
    }
    if (this.#vigil.goesOn(this.#clock.now(), idle)) this.#arm()
  }
}
