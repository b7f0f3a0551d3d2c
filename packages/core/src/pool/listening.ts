import type { Clock } from '../clock.ts'
import { SILENT_MS } from '../primitives/dispatcher.ts'
import type { PoolWorker } from './pool-worker.ts'

/** A worker sends the results of tasks that take longer, in milliseconds, before it begins the next one. */
const QUICK_MS = 10

/**
 * Looks after workers that have quick tasks and are not heard of: the latest takes long, and what they have said before
 * waits for it, but can be read.
 */
export class Listening {
  readonly #clock: Clock
  readonly #workers: Iterable<PoolWorker>
  #awake = false

  constructor(clock: Clock, workers: Iterable<PoolWorker>) {
    this.#clock = clock
    this.#workers = workers
  }

  /** Something was handed out. */
  wake(): void {
    if (this.#awake) return
    for (const worker of this.#workers) if (isQuick(worker)) return this.#listenLater()
  }

  #listenLater(): void {
    this.#awake = true
    this.#clock.setTimer(() => this.#listen(), SILENT_MS, true)
  }

  #listen(): void {
    this.#awake = false
    const now = this.#clock.now()
    for (const worker of this.#workers) {
      const { seat } = worker
      if (seat.held.size === 0) continue
      if (now - seat.heardAt >= SILENT_MS) worker.listen()
      else if (!this.#awake) this.#listenLater()
    }
  }
}

function isQuick({ seat }: PoolWorker): boolean {
  for (const { estimate } of seat.held.values()) return estimate !== undefined && estimate < QUICK_MS
  return false
}
