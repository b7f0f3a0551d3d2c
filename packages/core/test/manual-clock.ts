import type { Clock, Timer } from '../src/clock.ts'

interface Pending {
  readonly at: number
  readonly run: () => void
}

/** How long a turn takes at least, in milliseconds: time that stood still would keep a context awake for ever. */
const TURN = 0.01

/** A clock that a test moves by hand. */
export class ManualClock implements Clock {
  time = 0
  /** How long each look at the clock takes, in milliseconds. */
  cost = 0
  readonly #timers = new Set<Pending>()
  #deferred: Array<() => void> = []

  now(): number {
    this.time += this.cost
    return this.time
  }

  setTimer(run: () => void, ms: number): Timer {
    const timer: Pending = { at: this.time + ms, run }
    this.#timers.add(timer)
    return timer
  }

  clearTimer(timer: Timer): void {
    this.#timers.delete(timer as Pending)
  }

  defer(run: () => void): void {
    this.#deferred.push(run)
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#timers.size
  }

  /** Ends the turns that are under way; whether there were any. */
  endTurns(): boolean {
    const due = this.#deferred
    this.#deferred = []
    this.time += TURN
    for (const run of due) run()
    return due.length > 0
  }

  /** Ends turns, with the microtasks in between, until nothing more is to be done. */
  async settle(): Promise<void> {
    await microtasks()
    while (this.endTurns()) await microtasks()
  }

  async advance(ms: number): Promise<void> {
    await this.settle()
    this.time += ms
    for (const timer of [...this.#timers].sort((a, b) => a.at - b.at)) {
      if (timer.at > this.time || !this.#timers.delete(timer)) continue
      timer.run()
      await this.settle()
    }
  }
}

/** Lets all microtasks run: the event loop comes round only when there are none. */
function microtasks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
