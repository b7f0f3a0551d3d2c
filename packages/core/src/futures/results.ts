import { Deque } from '../deque.ts'
import type { ValueSource } from '../pool/imap.ts'
import type { Emission } from '../pool/words.ts'
import type { Deadline } from './deadline.ts'
import type { Future } from './future.ts'

/**
 * The results of many calls, in order, from futures of which each gives some. The first error ends it; what has not been
 * begun by then is cancelled.
 */
export class Results implements ValueSource {
  readonly #futures = new Deque<Future>()
  readonly #deadline: Deadline
  readonly #what: string
  readonly #onNews: () => void
  /** What the latest future gave, and how much of it was taken. */
  #values: readonly unknown[] = []
  #taken = 0
  /** The one that is asked to tell when it is done. */
  #awaited: Future | undefined

  constructor(futures: Iterable<Future>, what: string, deadline: Deadline, onNews: () => void) {
    for (const future of futures) this.#futures.push(future)
    this.#what = what
    this.#deadline = deadline
    this.#onNews = onNews
  }

  take(): Emission | undefined {
    while (this.#taken === this.#values.length) {
      const future = this.#futures.peek()
      if (future === undefined) return undefined
      const { outcome } = future
      if (outcome === undefined) return this.#wait(future)
      if ('error' in outcome) return this.#fail(outcome.error)
      this.#futures.shift()
      this.#values = outcome.value as readonly unknown[]
      this.#taken = 0
    }
    return [this.#values[this.#taken++]]
  }

  get ended(): boolean {
    return this.#futures.length === 0 && this.#taken === this.#values.length
  }

  stop(): void {
    this.#values = []
    this.#taken = 0
    // What is cancelled here is no news.
    this.#awaited = undefined
    const left = [...this.#futures]
    this.#futures.clear()
    for (const future of left) future.cancel()
  }

  #wait(future: Future): Emission | undefined {
    if (this.#deadline.passed) return this.#fail(this.#deadline.error(`${this.#what} was not done`))
    if (this.#awaited !== future) {
      this.#awaited = future
      future.addDoneCallback(() => this.#awaited === future && this.#onNews())
    }
    return undefined
  }

  #fail(error: unknown): Emission {
    this.stop()
    return [error, true]
  }
}
