import type { CallChannel } from './call-channel.ts'
import type { Context } from './context.ts'
import type { MillraceError } from './errors.ts'
import { type InteropObservable, type InteropObserver, OBSERVABLE } from './observable.ts'

/**
 * Tells those who watch a primitive what the hub says of its changes. The hub says the next thing when it hears that the
 * last was told: what changes meanwhile is one piece of news.
 */
export class WatchedChanges<News> {
  readonly #context: Context
  readonly #read: (revision: number, news: unknown) => News
  /** Each holds the handle: nobody else may while it is watched. */
  readonly #observers = new Set<InteropObserver<News>>()
  #channel: CallChannel | undefined

  constructor(context: Context, read: (revision: number, news: unknown) => News) {
    this.#context = context
    this.#read = read
  }

  /** Knows nothing of the handle, so that the channel can hold it. */
  readonly onNews = (message: unknown): void => {
    if (!Array.isArray(message)) return
    const [revision, news] = message as [number, unknown]
    const read = this.#read(revision, news)
    for (const observer of [...this.#observers]) if (this.#observers.has(observer)) observer.next?.(read)
    if (this.#observers.size > 0) this.#channel?.tell('told')
  }

  readonly onLost = (error: MillraceError): void => {
    for (const observer of [...this.#observers]) {
      this.#remove(observer)
      observer.error?.(error)
    }
  }

  /** @param handle is kept from becoming garbage for as long as somebody watches */
  observable(channel: CallChannel, handle: object): InteropObservable<News> {
    this.#channel = channel
    const observable: InteropObservable<News> = {
      subscribe: (observer) => this.#subscribe(observer, handle),
      [OBSERVABLE]: () => observable,
    }
    return observable
  }

  #subscribe(observer: InteropObserver<News>, handle: object): { unsubscribe(): void } {
    const refusal = this.#channel?.refusal
    if (refusal !== undefined) {
      observer.error?.(refusal)
      return { unsubscribe: () => {} }
    }
    const own: InteropObserver<News> & { handle: object } = {
      next: (news) => observer.next?.(news),
      error: (error) => observer.error?.(error),
      handle,
    }
    if (this.#observers.size === 0) this.#channel?.tell('watch')
    this.#observers.add(own)
    this.#context.pending(1)
    return {
      unsubscribe: () => {
        if (this.#remove(own) && this.#observers.size === 0) this.#channel?.tell('unwatch')
      },
    }
  }

  #remove(observer: InteropObserver<News>): boolean {
    if (!this.#observers.delete(observer)) return false
    this.#context.pending(-1)
    return true
  }
}
