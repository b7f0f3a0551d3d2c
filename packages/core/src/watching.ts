import type { CallChannel } from './call-channel.ts'
import { type InteropObservable, type InteropObserver, OBSERVABLE } from './observable.ts'
import { WATCH } from './primitives/watchers.ts'

/**
 * Those in this context who observe the state of one primitive. It has as many calls waiting at the hub as there are
 * subscribers, and whatever the hub has to tell is for all of them; who was told that before is not told again.
 */
export class Watching<S> {
  readonly #observers = new Set<(state: S) => void>()

  /** The hub tells what the state is. User code is called in a turn of its own, for it may throw. */
  hear(state: S): void {
    for (const next of this.#observers) void DONE.then(() => next(state))
  }

  /** @param channel completes its observers when it is closed */
  observable(channel: CallChannel): InteropObservable<S> {
    const observable: InteropObservable<S> = {
      subscribe: (observer) => this.#subscribe(channel, observer),
      [OBSERVABLE]: () => observable,
    }
    return observable
  }

  #subscribe(channel: CallChannel, observer: InteropObserver<S>): { unsubscribe(): void } {
    const controller = new AbortController()
    const { signal } = controller
    let last: S | undefined
    const next = (state: S): void => {
      if (signal.aborted || observer.closed === true || state === last) return
      last = state
      observer.next?.(state)
    }
    const end = (): boolean => {
      this.#observers.delete(next)
      const goesOn = !signal.aborted && observer.closed !== true
      controller.abort()
      return goesOn
    }
    this.#observers.add(next)
    channel.wait({ operation: WATCH, expired: () => undefined }, { signal }).catch((error) => {
      if (!end()) return
      if (channel.closed) observer.complete?.()
      else observer.error?.(error)
    })
    return { unsubscribe: end }
  }
}

const DONE = Promise.resolve()

declare const AbortController: new () => { readonly signal: import('./abort-signal.ts').AbortSignal; abort(): void }
