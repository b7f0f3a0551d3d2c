import type { Clock } from './clock.ts'

/** What has something to send when the turn ends. */
export interface Flushable {
  flush(): void
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
 */
export class Turn {
  readonly #clock: Clock
  #dirty: Flushable[] = []
  #postponed: Flushable[] = []
  #resuming: Array<() => void> = []
  #scheduled = false
  #flushing = false
  #began = 0
  #ops = 0
  #nextLook = 1
  #over = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Has `link` flushed when the turn ends. Each caller remembers that it asked, and asks once. */
  schedule(link: Flushable): void {
    this.#dirty.push(link)
    this.#arm()
  }

  /** Has `link` flushed when the next turn ends: for what gains by company and loses nothing by waiting for it. */
  postpone(link: Flushable): void {
    this.#postponed.push(link)
    this.#arm()
  }

  /** Runs `resume` when the next turn begins. */
  next(resume: () => void): void {
    this.#resuming.push(resume)
    this.#arm()
  }

  /** Counts a local operation. True: this turn has lasted long enough. */
  spend(): boolean {
    return ++this.#ops >= this.#nextLook && this.#look()
  }

  /** Sends everything written so far, and what that gives rise to in this context. */
  flush(): void {
    if (this.#flushing) return
    this.#flushing = true
    try {
      while (this.#dirty.length > 0) {
        const dirty = this.#dirty
        this.#dirty = []
        for (const link of dirty) link.flush()
      }
    } finally {
      this.#flushing = false
    }
  }

  #look(): boolean {
    if (this.#ops === 1) {
      this.#began = this.#clock.now()
      this.#nextLook = 2
      this.#arm()
      return false
    }
    if (this.#over) return true
    const elapsed = this.#clock.now() - this.#began
    this.#over = elapsed > LIMIT_MS
    const pace = elapsed > 0 ? (this.#ops * LOOK_MS) / elapsed : LOOK_OPS
    this.#nextLook = this.#ops + Math.max(1, Math.min(LOOK_OPS, Math.floor(pace)))
    return this.#over
  }

  #arm(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#clock.defer(() => this.#end())
  }

  #end(): void {
    this.#scheduled = false
    this.#ops = 0
    this.#nextLook = 1
    this.#over = false
    const postponed = this.#postponed
    this.#postponed = []
    this.flush()
    for (const link of postponed) this.schedule(link)
    if (this.#resuming.length === 0) return
    const resuming = this.#resuming
    this.#resuming = []
    for (const resume of resuming) resume()
  }
}
