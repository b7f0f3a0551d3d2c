import { ValueError } from '../errors.ts'
import type { WaitOptions } from '../lessee.ts'
import { checkWait } from '../options.ts'
import { patience } from '../pool/patience.ts'
import { runtime } from '../runtime.ts'
import type { Future } from './future.ts'
import { checkedFutures } from './futures.ts'

/** Wait until one of them is done. */
export const FIRST_COMPLETED = 'FIRST_COMPLETED'
/** Wait until one of them has failed, or all are done. */
export const FIRST_EXCEPTION = 'FIRST_EXCEPTION'
/** Wait until all of them are done. */
export const ALL_COMPLETED = 'ALL_COMPLETED'

/** Until when `wait` waits. */
export type ReturnWhen = typeof FIRST_COMPLETED | typeof FIRST_EXCEPTION | typeof ALL_COMPLETED

/** How `wait` waits. */
export interface FuturesWaitOptions extends WaitOptions {
  /** ALL_COMPLETED unless given. */
  readonly returnWhen?: ReturnWhen | undefined
}

/** What `wait` found. */
export interface DoneAndNotDone<F> {
  /** Those that have an outcome. */
  readonly done: Set<F>
  /** The others. */
  readonly notDone: Set<F>
}

/**
 * Waits for futures: Python's `concurrent.futures.wait`. It never rejects because of what one of them failed of. One
 * that was cancelled is done once whoever was to work on it knows; an executor knows at once.
 *
 * @param options.timeout milliseconds; after them it resolves with what is done by then
 * @throws ValueError at another `returnWhen`
 * @example
 * const { done, notDone } = await wait(futures, { returnWhen: FIRST_COMPLETED })
 */
export async function wait<F extends Future>(
  futures: Iterable<F>,
  options: FuturesWaitOptions = {},
): Promise<DoneAndNotDone<F>> {
  checkWait(options)
  const { timeout, signal, returnWhen = ALL_COMPLETED } = options
  const all = checkedFutures(futures)
  const goal = new Goal(all, checkedReturnWhen(returnWhen))
  if (signal?.aborted) throw signal.reason
  if (!goal.reached && !(timeout !== undefined && !(timeout > 0))) await until(goal, options)
  // What was done in the same turn is reported with it.
  const done = new Set([...all].filter((future) => future.settled))
  return { done, notDone: new Set([...all].filter((future) => !done.has(future))) }
}

/** What is waited for. */
class Goal {
  readonly pending: Future[]
  readonly #returnWhen: ReturnWhen
  #left: number
  #completed = false
  #failed = false

  constructor(futures: ReadonlySet<Future>, returnWhen: ReturnWhen) {
    this.#returnWhen = returnWhen
    this.pending = [...futures].filter((future) => !future.settled)
    this.#left = futures.size
    for (const future of futures) if (future.settled) this.settled(future)
  }

  settled(future: Future): void {
    this.#left--
    this.#completed = true
    this.#failed ||= future.failed
  }

  get reached(): boolean {
    if (this.#left === 0) return true
    return this.#returnWhen === FIRST_COMPLETED ? this.#completed : this.#returnWhen === FIRST_EXCEPTION && this.#failed
  }
}

function until(goal: Goal, options: WaitOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      ends?.()
      for (const prevent of listening) prevent()
    }
    const listening = goal.pending.map((future) =>
      future.whenSettled(() => {
        goal.settled(future)
        if (!goal.reached) return
        end()
        resolve()
      }),
    )
    const ends = patience(options, runtime().context.clock, 'wait()', (reason) => {
      end()
      if (options.signal?.aborted) reject(reason)
      else resolve()
    })
  })
}

function checkedReturnWhen(returnWhen: ReturnWhen): ReturnWhen {
  if (returnWhen === FIRST_COMPLETED || returnWhen === FIRST_EXCEPTION || returnWhen === ALL_COMPLETED)
    return returnWhen
  throw new ValueError(
    `returnWhen must be FIRST_COMPLETED, FIRST_EXCEPTION or ALL_COMPLETED, not ${String(returnWhen)}`,
  )
}
