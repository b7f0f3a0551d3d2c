import type { Clock } from '../clock.ts'
import type { PoolWorker } from './pool-worker.ts'

/** What is to be known, and done, where workers leave: by their crew. */
export interface DeparturesOwner {
  readonly workers: ReadonlySet<PoolWorker>
  readonly open: boolean
  /** How many workers there are that have not been dismissed, or will be soon. */
  readonly size: number
  /** How many of them stay, however little there is to do. */
  readonly least: number
  /** What it has not begun goes to others. */
  takeBack(worker: PoolWorker): void
  /** Others start in place of those that were dismissed. */
  fill(): void
}

/** When workers leave, in milliseconds. */
export interface LeavingTimes {
  readonly idleTimeout: number
  readonly grace: number
}

/** A worker that lives answers a question within so many milliseconds. */
const ANSWER_MS = 1_000
/** A worker that was told to end and does not is made to, after so many milliseconds. */
const LEAVE_MS = 5_000

/** How workers leave: worn out, with nothing to do for long, or because a task of theirs does not stop. */
export class Departures {
  readonly #owner: DeparturesOwner
  readonly #clock: Clock
  readonly #times: LeavingTimes
  #sweeping = false

  constructor(owner: DeparturesOwner, clock: Clock, times: LeavingTimes) {
    this.#owner = owner
    this.#clock = clock
    this.#times = times
  }

  /** It can begin, although there may be nothing to do for it, now or ever. */
  ready(worker: PoolWorker): void {
    worker.idleSince = this.#clock.now()
    this.#sweepIfSpare()
  }

  /** It has nothing more to do. */
  idle(worker: PoolWorker): void {
    worker.idleSince = this.#clock.now()
    if (worker.seat.quota <= 0) this.retire(worker)
    else if (worker.retiring) this.leave(worker)
    else this.#sweepIfSpare()
  }

  /** It ends once it has nothing left to do; the next one starts meanwhile. */
  retire(worker: PoolWorker): void {
    if (worker.retiring) return
    this.#dismiss(worker)
    if (worker.seat.count === 0) this.leave(worker)
  }

  leave(worker: PoolWorker): void {
    worker.retiring = true
    worker.stop()
    this.#clock.setTimer(() => this.#owner.workers.has(worker) && this.#kill(worker), LEAVE_MS, true)
  }

  /** A task of it does not stop: it is ended, once those that run beside that are done, unless nothing is heard of it. */
  condemn(worker: PoolWorker): void {
    if (worker.condemned) return
    worker.condemned = true
    this.#dismiss(worker)
    this.#killWhenAlone(worker)
  }

  #dismiss(worker: PoolWorker): void {
    worker.retiring = true
    worker.seat.closed = true
    this.#owner.takeBack(worker)
    this.#owner.fill()
  }

  /** Those that run beside it may take long and have nothing to say: so the worker is asked whether it lives. */
  #killWhenAlone(worker: PoolWorker): void {
    if (!this.#owner.workers.has(worker)) return
    const { seat } = worker
    if ([...seat.held.values()].every((unit) => unit.settled)) return this.#kill(worker)
    const asked = this.#clock.now()
    worker.order(['ping'])
    const look = () => (seat.heardAt < asked ? this.#kill(worker) : this.#killWhenAlone(worker))
    this.#clock.setTimer(look, Math.max(ANSWER_MS, this.#times.grace), true)
  }

  #kill(worker: PoolWorker): void {
    worker.seat.closed = true
    void worker.process.terminate({ grace: 0 }).catch(() => {})
  }

  /** As long as there are more than have to be: one whose units were all taken back has never answered any. */
  #sweepIfSpare(): void {
    if (this.#owner.size > this.#owner.least) this.#sweepLater()
  }

  #sweepLater(): void {
    if (this.#sweeping) return
    this.#sweeping = true
    const sweep = () => {
      this.#sweeping = false
      this.#sweep()
    }
    this.#clock.setTimer(sweep, this.#times.idleTimeout, true)
  }

  /** Ends those that have had nothing to do for long. */
  #sweep(): void {
    if (!this.#owner.open) return
    const now = this.#clock.now()
    let spare = this.#owner.size - this.#owner.least
    for (const worker of this.#owner.workers) {
      if (spare <= 0) return
      const { seat } = worker
      if (worker.retiring || !seat.up || seat.count > 0 || now - worker.idleSince < this.#times.idleTimeout) continue
      seat.closed = true
      this.leave(worker)
      spare--
    }
    if (spare > 0) this.#sweepLater()
  }
}
