import { merge, Observable, type ObservableInput, type OperatorFunction } from 'rxjs'
import type { Key } from '../keyed-fold.ts'
import { partitionOf } from '../partition.ts'
import { whole } from '../pool/pool-options.ts'
import { Intake } from './intake.ts'
import { Supply } from './supply.ts'

/**
 * Divides the items among `count` pipelines by their keys: all items of a key go through the same one, in their order. Emits
 * what comes of all of them. An item is asked for when each of them has room, so the slowest sets the pace.
 *
 * @example
 * orders$.pipe(partitionBy((o) => o.customer, 2, (part$) => part$.pipe(mapProcess(tasks.book)))).subscribe()
 */
export function partitionBy<T, R>(
  key: (item: T) => Key,
  count: number,
  pipeline: (part$: Observable<T>, index: number) => ObservableInput<R>,
): OperatorFunction<T, R> {
  whole('count', count, 1)
  if (typeof key !== 'function' || typeof pipeline !== 'function')
    throw new TypeError('partitionBy() needs a key and a pipeline, both functions')
  return (source) =>
    new Observable<R>((subscriber) => {
      const parts: Array<Supply<T> | undefined> = new Array(count).fill(undefined)
      // One that wants nothing more takes what comes and drops it.
      const ready = (part: Supply<T> | undefined): boolean => part === undefined || part.closed || part.ready
      const route = (item: T): void => parts[partitionOf(key(item), count)]?.next(item)
      const intake = new Intake<T>('partitionBy()', 1, 'buffer', {
        room: () => (parts.every(ready) ? 1 : 0),
        accept: (item) => {
          try {
            route(item)
          } catch (error) {
            subscriber.error(error)
          }
        },
        dropOldest: () => false,
        complete: () => {
          for (const part of parts) part?.complete()
        },
        error: (error) => subscriber.error(error),
      })
      const part = (index: number): Observable<T> =>
        new Observable<T>((below) => {
          parts[index] = new Supply<T>(below, () => intake.released(), Number.POSITIVE_INFINITY)
        })
      subscriber.add(() => intake.close())
      merge(...parts.map((_, index) => pipeline(part(index), index))).subscribe(subscriber)
      intake.open(source)
    })
}
