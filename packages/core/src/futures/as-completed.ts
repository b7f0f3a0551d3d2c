import { offAbort, onAbort } from '../abort-signal.ts'
import { Deque } from '../deque.ts'
import type { WaitOptions } from '../lessee.ts'
import { checkWait } from '../options.ts'
import { ImapIterator, type ValueSource } from '../pool/imap.ts'
import type { Emission } from '../pool/words.ts'
import { runtime } from '../runtime.ts'
import { Deadline } from './deadline.ts'
import type { Future } from './future.ts'
import { checkedFutures } from './futures.ts'

/** A future in a loop: TypeScript takes it that such a loop awaits what can be awaited, which it does not. */
export type Completed<F extends Future> = Omit<F, 'then'>

/**
 * Hands out futures as they are done, those that are first: Python's `concurrent.futures.as_completed`. Each comes once,
 * also one that has failed.
 *
 * @param options.timeout milliseconds from this call on; whoever waits longer gets TimeoutError, and that is the end
 * @example
 * for await (const future of asCompleted(futures, { timeout: 10_000 })) console.log(await future.exception())
 */
export function asCompleted<F extends Future>(
  futures: Iterable<F>,
  options: WaitOptions = {},
): ImapIterator<Completed<F>> {
  checkWait(options)
  const all = checkedFutures(futures)
  const deadline = new Deadline(runtime().context.clock, options.timeout)
  return new ImapIterator<Completed<F>>(deadline, (onNews) => {
    deadline.onPassed = onNews
    return new Completions(all, deadline, options, onNews)
  })
}

class Completions implements ValueSource {
  readonly #done = new Deque<Future>()
  /** How not to be told of those that are not done. */
  readonly #pending = new Map<Future, () => void>()
  readonly #total: number
  readonly #deadline: Deadline
  readonly #ends: () => void
  #ending: Emission | undefined
  #over = false

  constructor(futures: ReadonlySet<Future>, deadline: Deadline, { signal }: WaitOptions, onNews: () => void) {
    this.#total = futures.size
    this.#deadline = deadline
    for (const future of futures) {
      if (future.settled) this.#done.push(future)
      else
        this.#pending.set(
          future,
          future.whenSettled(() => this.#settled(future, onNews)),
        )
    }
    const aborted = () => {
      this.#fail(signal?.reason)
      onNews()
    }
    this.#ends = () => signal && offAbort(signal, aborted)
    if (signal?.aborted) this.#fail(signal.reason)
    else if (futures.size === 0) this.#end()
    else if (signal !== undefined) onAbort(signal, aborted)
  }

  take(): Emission | undefined {
    if (!this.#over) {
      const future = this.#done.shift()
      if (future !== undefined) return this.#given(future)
      if (this.#pending.size > 0 && this.#deadline.passed)
        this.#fail(this.#deadline.error(`${this.#pending.size} of ${this.#total} futures were not done`))
    }
    const ending = this.#ending
    this.#ending = undefined
    return ending
  }

  get ended(): boolean {
    return this.#over && this.#ending === undefined
  }

  stop(): void {
    this.#end()
    this.#ending = undefined
  }

  #settled(future: Future, onNews: () => void): void {
    this.#pending.delete(future)
    this.#done.push(future)
    onNews()
  }

  #given(future: Future): Emission {
    if (this.#done.length === 0 && this.#pending.size === 0) this.#end()
    return [future]
  }

  #fail(reason: unknown): void {
    if (this.#over) return
    this.#end()
    this.#ending = [reason, true]
  }

  #end(): void {
    this.#over = true
    this.#ends()
    this.#done.clear()
    for (const prevent of this.#pending.values()) prevent()
    this.#pending.clear()
  }
}
