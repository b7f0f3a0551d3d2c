import { Observable } from 'rxjs'
import { Supply } from './supply.ts'

/** Gives one item after the other when it is asked to, at once or later: an iterator. */
export interface Puller<T> {
  next(): IteratorResult<T, unknown> | PromiseLike<IteratorResult<T, unknown>>
  /** Whether it is known that nothing more comes. */
  readonly exhausted?: boolean
  /** No more is wanted. */
  return?(): unknown
}

const DONE = { done: true, value: undefined } as const

/** Emits what a puller gives, one item whenever one is wanted. Each subscriber has a puller of its own. */
export function pulled<T>(start: () => Puller<T>): Observable<T> {
  return new Observable<T>((subscriber) => {
    const puller = start()
    let state: 'idle' | 'pulling' | 'waiting' | 'exhausted' = 'idle'
    const take = (result: IteratorResult<T, unknown>): void => {
      if (result.done) {
        state = 'exhausted'
        return supply.complete()
      }
      supply.next(result.value)
      if (puller.exhausted) take(DONE)
    }
    const fail = (error: unknown): void => {
      state = 'exhausted'
      supply.error(error)
    }
    const arrived = (result: IteratorResult<T, unknown>): void => {
      if (supply.closed) return
      state = 'pulling'
      take(result)
      go()
    }
    const go = (): void => {
      if (state === 'pulling') state = 'idle'
      pull()
    }
    const pull = (): void => {
      if (state !== 'idle') return
      state = 'pulling'
      try {
        while (state === 'pulling' && supply.ready) {
          const result = puller.next()
          if (!isPending(result)) take(result)
          else {
            state = 'waiting'
            result.then(arrived, fail)
          }
        }
      } catch (error) {
        fail(error)
      }
      if (state === 'pulling') state = 'idle'
    }
    const supply = new Supply<T>(subscriber, pull)
    pull()
    return () => {
      if (state !== 'exhausted') void (async () => puller.return?.())().catch(() => {})
    }
  })
}

function isPending<T>(result: T | PromiseLike<T>): result is PromiseLike<T> {
  return typeof (result as Partial<PromiseLike<T>>).then === 'function'
}
