import { type InteropObservable, type InteropObserver, OBSERVABLE } from './observable.ts'
import type { SharedBlock } from './shared-block.ts'

/** What is there after each change, for as long as there is a subscriber; changes that come together are one. */
export function changesOf<T>(block: SharedBlock, read: () => Promise<T>): InteropObservable<T> {
  const observable: InteropObservable<T> = {
    subscribe(observer) {
      let live = true
      const end = block.watch(() =>
        read().then(
          (value) => live && observer.closed !== true && observer.next?.(value),
          (error: unknown) => live && fail(observer, error),
        ),
      )
      return {
        unsubscribe() {
          live = false
          end()
        },
      }
    },
    [OBSERVABLE]: () => observable,
  }
  return observable
}

function fail<T>(observer: InteropObserver<T>, error: unknown): void {
  observer.error?.(error)
}
