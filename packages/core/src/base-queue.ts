import { iterate, observe } from './consumption.ts'
import type { Context } from './context.ts'
import { releaseNow, releaseWhenGarbage } from './garbage.ts'
import { HANDLE, type HandleState } from './handle.ts'
import type { WaitOptions } from './lessee.ts'
import { type InteropObservable, OBSERVABLE } from './observable.ts'
import type { PutOptions } from './outbox.ts'
import { CHANNEL, QueueChannel, type QueueOptions } from './queue-channel.ts'
import { runtime } from './runtime.ts'
import { READY, type Waitable } from './waiting.ts'

/** Where a handle comes from that this context did not make. */
export interface Arrival {
  readonly context: Context
  readonly id: string
}

/**
 * Where a handle is, and which one it is: as it arrived, or a new one of this context.
 * @throws TypeError at options for what has none: they would be taken for an arrival
 */
export function placeOf(kind: string, arrival: Arrival | undefined): Arrival {
  if (arrival === undefined) {
    const { context } = runtime()
    return { context, id: context.newId() }
  }
  if (arrival?.context !== undefined) return arrival
  throw new TypeError(`a new ${kind} takes no options, but was given ${String(arrival)}`)
}

/** What all queues can do. */
export abstract class BaseQueue<T> implements AsyncIterable<T>, Waitable {
  /** @internal */
  readonly [HANDLE]: HandleState
  /** @internal */
  protected readonly context: Context
  /** @internal */
  protected readonly channel: QueueChannel
  /** Keeps the handle, which must not become garbage while somebody iterates. */
  readonly #ended = () => this.channel.closed

  /**
   * @internal
   * @param mayRelease whether the hub may take everything back once this handle is garbage; must not hold the handle
   */
  constructor(kind: string, options: QueueOptions, arrival: Arrival | undefined, mayRelease = () => true) {
    const { context, id } = placeOf(kind, arrival)
    this.context = context
    this[HANDLE] = { kind, id, options }
    this.channel = new QueueChannel(context, this, id, kind, options, arrival === undefined)
    releaseWhenGarbage(this, { channel: this.channel, id, mayRelease })
  }

  /**
   * Appends an item, waiting while the queue is full.
   *
   * @throws FullError after `timeout` ms, with the item in it
   * @throws EncodeError if the item cannot travel; the message names the path to the culprit
   * @throws ClosedError after `close()`
   */
  put(item: T, options?: PutOptions): Promise<void> {
    return this.channel.outbox.put(item, options)
  }

  /**
   * Takes the oldest item, waiting while the queue is empty.
   *
   * @throws EmptyError after `timeout` ms
   * @throws ClosedError after `close()`
   */
  get(options?: WaitOptions): Promise<T> {
    return this.channel.inbox.get(this.channel.inbox.take, options) as Promise<T>
  }

  /** Whether there is nothing to get: Python's `empty`. */
  async empty(): Promise<boolean> {
    return (await this.channel.size()).length === 0
  }

  /**
   * This process puts and gets no more; the queue goes on for the others. What was put before and waits for room still
   * gets there. Calling it twice does no harm. Python's `close`.
   */
  async close(): Promise<void> {
    this.channel.close()
  }

  /** Takes items until the queue is closed in this process, or the loop is left; an item not handed out is not taken. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    return iterate((options) => this.get(options), this.#ended)
  }

  /** Takes items for as long as there is a subscriber: `from(queue)` of RxJS works. */
  [OBSERVABLE](): InteropObservable<T> {
    return observe(this.channel.inbox, this.#ended)
  }

  /** @internal */
  get [CHANNEL](): QueueChannel {
    return this.channel
  }

  /** @internal What is pending on this handle keeps its process from ending no longer. */
  unref(): this {
    this.channel.unref()
    return this
  }

  /** @internal Closes it and lets it go, without waiting for the garbage collector to find that out. */
  release(): void {
    releaseNow(this, this.channel, this[HANDLE].id)
  }

  /** @internal Ready when there is an item: for `wait`. */
  [READY](options: WaitOptions): Promise<boolean> {
    return this.channel.inbox.poll(options)
  }

  /** Calls `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
