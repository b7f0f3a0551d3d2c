import type { Arrival } from './base-queue.ts'
import { CalledHandle } from './called-handle.ts'
import { BrokenBarrierError } from './errors.ts'
import { defineHandle } from './handle.ts'
import { givenInWords, inWords } from './in-words.ts'
import type { WaitOptions } from './lessee.ts'
import { type InteropObservable, OBSERVABLE } from './observable.ts'
import { checkOptions, checkWait } from './options.ts'
import { ABORT, ACTED, FAILED, RESET, STATE, WAIT } from './primitives/barrier.ts'
import { Watching } from './watching.ts'

/** How a barrier is made. */
export interface BarrierOptions {
  /** Run by one party each time, once all are there and before anybody goes on. It does not travel: see `action`. */
  readonly action?: (() => unknown) | undefined
  /** For every `wait` that has none of its own, in milliseconds; unless given, as long as it takes. */
  readonly timeout?: number | undefined
}

/** What travels of a barrier, besides its id. */
interface BarrierState {
  readonly parties: number
  readonly timeout: number | undefined
}

/**
 * Where processes wait for each other, round by round: Python's `multiprocessing.Barrier`.
 *
 * It breaks when a party times out, is aborted, or leaves while it waits, and when a process that has ever waited here
 * is killed or fails, so that nobody waits for the dead; one that ends by itself, with exit code 0, does no harm. All who
 * wait, and all who come, then get BrokenBarrierError, until somebody calls `reset()`.
 *
 * @example
 * const barrier = new Barrier(2)
 * console.log(await Promise.all([barrier.wait(), barrier.wait()])) // [ 0, 1 ]
 */
export class Barrier extends CalledHandle {
  /** How many have to come. */
  readonly parties: number
  /**
   * What this process runs when it is its turn, if anything. A function stays in its process: give one to each that may
   * run it. Of those that have one, the last to arrive runs its own.
   */
  action: (() => unknown) | undefined
  readonly #timeout: number | undefined
  readonly #watching: Watching<number>

  /** @throws TypeError if `parties` is not a positive integer */
  constructor(parties: number, options?: BarrierOptions)
  /** @internal */
  constructor(parties: number, options: BarrierOptions, arrival: Arrival | undefined)
  constructor(parties: number, options: BarrierOptions = {}, arrival?: Arrival) {
    if (arrival === undefined) checkOptions('a barrier', options, ['action', 'timeout'])
    const { action, timeout } = options
    if (!Number.isInteger(parties) || parties < 1)
      throw new TypeError(`a barrier is for a positive number of parties, not ${givenInWords(parties)}`)
    const watching = new Watching<number>()
    const state: BarrierState = { parties, timeout }
    super('barrier', state, arrival, (news) => watching.hear(news as number))
    this.parties = parties
    this.action = action
    this.#timeout = timeout
    this.#watching = watching
  }

  /**
   * Waits until all parties are there. Resolves with a different index for each, from 0 to one less than there are.
   *
   * Whether a timeout or an aborted signal came in time to break the barrier is decided at the hub, where all arrive.
   *
   * @throws BrokenBarrierError if the barrier is broken, or `timeout` ms are over; the signal's reason if that is aborted;
   * and what the action throws, in the process that ran it
   */
  async wait(options: WaitOptions = {}): Promise<number> {
    checkWait(options)
    const { timeout = this.#timeout, signal } = options
    if (signal?.aborted) {
      await this.abort()
      throw signal.reason
    }
    const answer = await this.channel.wait<number | [ticket: number]>(
      {
        operation: WAIT,
        args: [this.action !== undefined],
        exact: true,
        expired: () => {
          throw new BrokenBarrierError(
            `${this.channel.name} is broken: this process waited for ${timeout} ms; reset() makes it as new`,
          )
        },
      },
      { timeout, signal },
    )
    return typeof answer === 'number' ? answer : this.#act(answer[0])
  }

  /** Makes it as new. Those who wait get BrokenBarrierError. */
  async reset(): Promise<void> {
    await this.channel.call(RESET)
  }

  /** Breaks it. */
  async abort(): Promise<void> {
    await this.channel.call(ABORT)
  }

  /** How many wait: Python's `n_waiting`. */
  async nWaiting(): Promise<number> {
    return (await this.#state())[0]
  }

  /** Whether it is broken. */
  async broken(): Promise<boolean> {
    return (await this.#state())[1]
  }

  /** How many wait, now and whenever that changes: `from(barrier)` of RxJS works. */
  [OBSERVABLE](): InteropObservable<number> {
    return this.#watching.observable(this.channel)
  }

  async #act(ticket: number): Promise<number> {
    try {
      await this.action?.()
    } catch (error) {
      await this.channel.call(FAILED, ticket, inWords(error)).catch(() => {})
      throw error
    }
    return (await this.channel.call(ACTED, ticket)) as number
  }

  async #state(): Promise<[waiting: number, broken: boolean]> {
    return (await this.channel.call(STATE)) as [number, boolean]
  }
}

defineHandle('barrier', (context, id, options) => {
  const { parties, timeout } = options as BarrierState
  return new Barrier(parties, { timeout }, { context, id })
})
