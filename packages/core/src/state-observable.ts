import { type InteropObservable, type InteropObserver, OBSERVABLE } from './observable.ts'

/** What has a state. */
export interface Watched {
  /** Calls back once with the state, when it is another than `seen`, or when there will be none; returns how to end that. */
  watch(seen: number | undefined, next: (value: number) => void, over: (error: unknown) => void): () => void
}

/**
 * A state that is pushed as it is now, and again whenever it has changed: not each change, but the latest, as soon as
 * whoever watches has seen the one before. It completes when the handle is closed, and fails when the state is lost.
 */
export function observeState<T>(watched: Watched, select: (value: number) => T): InteropObservable<T> {
  const observable: InteropObservable<T> = {
    subscribe: (observer) => subscribe(watched, select, observer),
    [OBSERVABLE]: () => observable,
  }
  return observable
}

/** As `observeState`, for a loop; it ends where the Observable would complete. */
export async function* iterateState<T>(watched: Watched, select: (value: number) => T): AsyncGenerator<T, void> {
  let cancel: (() => void) | undefined
  try {
    for (let seen: number | undefined; ; ) {
      seen = await new Promise<number | undefined>((resolve, reject) => {
        const over = (error: unknown) => (error === undefined ? resolve(undefined) : reject(error))
        cancel = watched.watch(seen, resolve, over)
      })
      if (seen === undefined) return
      yield select(seen)
    }
  } finally {
    cancel?.()
  }
}

function subscribe<T>(
  watched: Watched,
  select: (value: number) => T,
  observer: InteropObserver<T>,
): { unsubscribe(): void } {
  let live = true
  let end: (() => void) | undefined
  const over = (error: unknown) => {
    live = false
    if (error === undefined) observer.complete?.()
    else observer.error?.(error)
  }
  const watch = (seen: number | undefined) => {
    // RxJS can have enough within `next`, before it has anything to unsubscribe from.
    if (!live || observer.closed === true) return
    end = watched.watch(
      seen,
      (value) => {
        observer.next?.(select(value))
        watch(value)
      },
      over,
    )
  }
  watch(undefined)
  return {
    unsubscribe: () => {
      live = false
      end?.()
    },
  }
}
