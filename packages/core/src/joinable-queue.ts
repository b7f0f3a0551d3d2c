import type { Arrival } from './base-queue.ts'
import { defineHandle, HANDLE } from './handle.ts'
import { givenInWords } from './in-words.ts'
import type { WaitOptions } from './lessee.ts'
import { checkOptions } from './options.ts'
import { deadLettersOf } from './primitives/create.ts'
import { Queue } from './queue.ts'
import type { QueueOptions } from './queue-channel.ts'

/** What `new JoinableQueue` takes: the bounds of a queue, and what becomes of items that nobody finishes. */
export interface JoinableQueueOptions extends QueueOptions {
  /** How often an item is handed out before it goes to `deadLetters`; 3 unless given; `Infinity`: as often as it takes. */
  readonly deliveryLimit?: number | undefined
}

/** An item that `receive` took, to be finished on its own. */
export interface Delivery<T> {
  /** What was put. */
  readonly item: T
  /** How often the item was handed out, this time included: more than 1 after a consumer died with it. */
  readonly deliveries: number
  /** As `taskDone`, for exactly this item; the second call does nothing. */
  done(): void
}

/** What this process took and did not finish; apart from the handle, which may become garbage before. */
interface Work {
  readonly unfinished: Set<number>
}

/**
 * A queue that knows when everything put into it was done: Python's `multiprocessing.JoinableQueue`.
 *
 * Whoever takes an item calls `taskDone` when it is finished. If a consumer dies before, its item goes back to the
 * front; after `deliveryLimit` times it goes to `deadLetters` instead, and counts as done.
 *
 * @example
 * const queue = new JoinableQueue<number>()
 * await queue.put(1)
 * const n = await queue.get()
 * await queue.taskDone()
 * await queue.join()
 */
export class JoinableQueue<T = unknown> extends Queue<T> {
  readonly #work: Work
  #joining: Promise<unknown> | undefined
  #deadLetters: Queue<T> | undefined

  constructor(options?: JoinableQueueOptions)
  /** @internal */
  constructor(options: JoinableQueueOptions, arrival: Arrival | undefined)
  constructor(options: JoinableQueueOptions = {}, arrival?: Arrival) {
    checkOptions('a joinable queue', options, ['maxsize', 'maxbytes', 'deliveryLimit'])
    const { deliveryLimit = 3 } = options
    if (!(Number.isInteger(deliveryLimit) || deliveryLimit === Number.POSITIVE_INFINITY) || deliveryLimit < 1)
      throw new TypeError(`deliveryLimit must be a positive integer or Infinity, not ${givenInWords(deliveryLimit)}`)
    const work: Work = { unfinished: new Set() }
    const all: JoinableQueueOptions = { ...options, deliveryLimit }
    super(all, arrival, 'joinable-queue', () => work.unfinished.size === 0)
    this.#work = work
    this.channel.inbox.onTake = (number) => work.unfinished.add(number)
  }

  /** As `get`, with what is known of the item, and a way to finish exactly this one. */
  receive(options?: WaitOptions): Promise<Delivery<T>> {
    return this.channel.inbox.get(() => this.takeDelivery(), options)
  }

  /** @internal As `receive`, for an item whose token was spent. */
  takeDelivery(): Delivery<T> | Promise<Delivery<T>> {
    const { channel } = this
    const { inbox } = channel
    const { unfinished } = this.#work
    const deliveries = inbox.nextDeliveries
    const item = inbox.take() as T | Promise<T>
    const number = inbox.taken
    const done = () => {
      if (unfinished.delete(number)) channel.ack(number)
    }
    const deliver = (arrived: T): Delivery<T> => ({ item: arrived, deliveries, done })
    return item instanceof Promise ? item.then(deliver) : deliver(item)
  }

  /**
   * The oldest item that this process took is finished: Python's `task_done`. A process that works on several at once
   * should take them with `receive`, and call `done` of each.
   *
   * @throws ValueError if more items were finished than put
   */
  async taskDone(): Promise<void> {
    const { unfinished } = this.#work
    for (const number of unfinished) {
      unfinished.delete(number)
      return this.channel.ack(number)
    }
    await this.channel.call('taskDone')
  }

  /**
   * Resolves when every item that was put is finished, or given up: Python's `join`.
   */
  async join(): Promise<void> {
    this.#joining ??= this.channel.call('join').finally(() => {
      this.#joining = undefined
    })
    await this.#joining
  }

  /** Items that were handed out `deliveryLimit` times and never finished. */
  get deadLetters(): Queue<T> {
    const id = deadLettersOf(this[HANDLE].id)
    this.#deadLetters ??= this.context.handle('queue', id, {}) as Queue<T>
    return this.#deadLetters
  }
}

defineHandle(
  'joinable-queue',
  (context, id, options) => new JoinableQueue(options as JoinableQueueOptions, { context, id }),
)
