import type { Context } from './context.ts'
import { HANDLE, type HandleState } from './handle.ts'
import type { AbortSignal, WaitOptions } from './lessee.ts'
import { type InteropObservable, type InteropObserver, OBSERVABLE } from './observable.ts'
import { QueueChannel, type QueueOptions } from './queue-channel.ts'
import { runtime } from './runtime.ts'

/** Where a handle comes from that this context did not make. */
export interface Arrival {
  readonly context: Context
  readonly id: string
}

/** What remains of a handle that is garbage: it must not lead back to it. */
interface Remains {
  readonly channel: QueueChannel
  readonly id: string
  readonly mayRelease: () => boolean
}

const garbage = new FinalizationRegistry<Remains>(({ channel, id, mayRelease }) =>
  channel.whenIdle(() => mayRelease() && channel.release(id)),
)

/** What all queues can do. */
export abstract class BaseQueue<T> implements AsyncIterable<T> {
  /** @internal */
  readonly [HANDLE]: HandleState
  /** @internal */
  protected readonly context: Context
  /** @internal */
  protected readonly channel: QueueChannel

  /**
   * @internal
   * @param mayRelease whether the hub may take everything back once this handle is garbage; must not hold the handle
   */
  constructor(kind: string, options: QueueOptions, arrival: Arrival | undefined, mayRelease = () => true) {
    const context = arrival?.context ?? runtime().context
    const id = arrival?.id ?? context.newId()
    this.context = context
    this[HANDLE] = { kind, id, options }
    this.channel = new QueueChannel(context, this, id, kind, options, arrival === undefined)
    garbage.register(this, { channel: this.channel, id, mayRelease }, this)
  }

  /**
   * Appends an item, waiting while the queue is full.
   *
   * @throws FullError after `timeout` ms, with the item in it
   * @throws EncodeError if the item cannot travel; the message names the path to the culprit
   * @throws ClosedError after `close()`
   */
  put(item: T, options?: WaitOptions): Promise<void> {
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
    return this.#iterate()
  }

  /** Takes items for as long as there is a subscriber: `from(queue)` of RxJS works. */
  [OBSERVABLE](): InteropObservable<T> {
    const observable: InteropObservable<T> = {
      subscribe: (observer) => this.#subscribe(observer),
      [OBSERVABLE]: () => observable,
    }
    return observable
  }

  /** @internal What is pending on this handle keeps its process from ending no longer. */
  unref(): this {
    this.channel.unref()
    return this
  }

  /** @internal Closes it and lets it go, without waiting for the garbage collector to find that out. */
  release(): void {
    this.channel.close()
    garbage.unregister(this)
    const { id } = this[HANDLE]
    this.channel.whenIdle(() => this.channel.release(id))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** By hand, since a generator cannot be left while its `get` is pending. It keeps the handle, as does `#subscribe`. */
  #iterate(): AsyncIterableIterator<T, undefined> {
    const controller = new AbortController()
    const done = { done: true, value: undefined } as const
    const { signal } = controller
    const over = () => signal.aborted || this.channel.closed
    const get = () => this.get({ signal })
    return {
      async next() {
        if (over()) return done
        try {
          return { done: false, value: await get() }
        } catch (error) {
          if (over()) return done
          throw error
        }
      },
      async return() {
        controller.abort()
        return done
      },
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }

  /** Hands items over as they come, without a promise for each. */
  #subscribe(observer: InteropObserver<T>): { unsubscribe(): void } {
    const controller = new AbortController()
    const { signal } = controller
    // RxJS can have enough within `next`, before it has anything to unsubscribe from.
    const over = () => signal.aborted || observer.closed === true
    const fail = (error: unknown) => {
      if (over()) return
      controller.abort()
      if (this.channel.closed) observer.complete?.()
      else observer.error?.(error)
    }
    const hand = () => observer.next?.(this.channel.inbox.take() as T)
    const pull = () => {
      while (!over() && this.channel.items.ready()) {
        this.channel.items.spend()
        hand()
      }
      if (this.channel.closed) fail(undefined)
      else if (!over()) this.channel.inbox.getLater(serve, fail, { signal })
    }
    const serve = () => {
      hand()
      pull()
    }
    pull()
    return { unsubscribe: () => controller.abort() }
  }
}

declare const AbortController: new () => { readonly signal: AbortSignal; abort(): void }
