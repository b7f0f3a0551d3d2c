import type { AbortSignal } from './abort-signal.ts'
import type { Inbox } from './inbox.ts'
import type { WaitOptions } from './lessee.ts'
import { type InteropObservable, type InteropObserver, OBSERVABLE } from './observable.ts'

/** Whether the source has come to its end, or this is the error that says so. Holds on to the handle. */
export type Ended = (error: unknown) => boolean

/** Why nothing can be taken, if that is so. */
export type Refusal = () => Error | undefined

/** Takes items until the source ends or the loop is left. By hand: a generator cannot be left while it waits. */
export function iterate<T>(
  get: (options: WaitOptions) => Promise<T>,
  ended: Ended,
): AsyncIterableIterator<T, undefined> {
  const controller = new AbortController()
  const done = { done: true, value: undefined } as const
  const { signal } = controller
  const over = (error?: unknown) => signal.aborted || ended(error)
  return {
    async next() {
      if (over()) return done
      try {
        return { done: false, value: await get({ signal }) }
      } catch (error) {
        if (over(error)) return done
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

/** Each subscriber takes items for as long as it is subscribed; one that is refused takes none. */
export function observe<T>(inbox: Inbox, ended: Ended, refusal: Refusal = () => undefined): InteropObservable<T> {
  const observable: InteropObservable<T> = {
    subscribe: (observer) => subscribe(inbox, ended, refusal, observer),
    [OBSERVABLE]: () => observable,
  }
  return observable
}

/** Hands items over as they come, without a promise for each. */
function subscribe<T>(
  inbox: Inbox,
  ended: Ended,
  refusal: Refusal,
  observer: InteropObserver<T>,
): { unsubscribe(): void } {
  const controller = new AbortController()
  const { signal } = controller
  // RxJS can have enough within `next`, before it has anything to unsubscribe from.
  const over = () => signal.aborted || observer.closed === true
  const fail = (error: unknown) => {
    if (over()) return
    controller.abort()
    if (ended(error)) observer.complete?.()
    else observer.error?.(error)
  }
  /** True: the item has yet to come, and what follows waits for it. */
  const hand = (): boolean => {
    const item = inbox.take()
    if (!(item instanceof Promise)) observer.next?.(item as T)
    else
      item.then((late) => {
        if (!over()) observer.next?.(late as T)
        pull()
      }, fail)
    return item instanceof Promise
  }
  const pull = () => {
    while (!over() && inbox.items.ready()) {
      inbox.items.spend()
      if (hand()) return
    }
    if (ended(undefined)) fail(undefined)
    else if (!over()) inbox.getLater(serve, fail, { signal })
  }
  const serve = () => {
    if (!hand()) pull()
  }
  const refused = refusal()
  if (refused === undefined) pull()
  else fail(refused)
  return { unsubscribe: () => controller.abort() }
}

declare const AbortController: new () => { readonly signal: AbortSignal; abort(): void }
