import { merge, Observable, type ObservableInput, type OperatorFunction } from 'rxjs'
import type { Key } from '../keyed-fold.ts'
import { partitionOf } from '../partition.ts'
import { finite } from '../pool/pool-options.ts'
import { Intake } from './intake.ts'
import { Part } from './part.ts'

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
  finite('count', count, 1)
  if (typeof key !== 'function' || typeof pipeline !== 'function')
    throw new TypeError('partitionBy() needs a key and a pipeline, both functions')
  return (source) =>
    new Observable<R>((subscriber) => {
      let state: 'idle' | 'routing' | 'offering' = 'idle'
      let woken = false
      /** A part may have room; in the midst of an item, none of the next one, lest that overtake it. */
      const wake = (): void => {
        woken = true
        if (state === 'idle') offer()
      }
      const offer = (): void => {
        state = 'offering'
        while (woken) {
          woken = false
          intake.released()
        }
        state = 'idle'
      }
      const room = (): number => {
        if (state !== 'routing') return parts.every((part) => part.ready) ? 1 : 0
        woken = true
        return 0
      }
      const route = (item: T): void => {
        const outer = state
        state = 'routing'
        try {
          parts[partitionOf(key(item), count)]!.next(item)
        } catch (error) {
          subscriber.error(error)
        }
        state = outer
        if (woken && state === 'idle') offer()
      }
      const parts = Array.from({ length: count }, () => new Part<T>(wake))
      const intake = new Intake<T>('partitionBy()', 1, 'buffer', {
        room,
        accept: route,
        dropOldest: () => false,
        complete: () => {
          for (const part of parts) part.complete()
        },
        error: (error) => subscriber.error(error),
      })
      subscriber.add(() => intake.close())
      merge(...parts.map((part, index) => part.through((part$) => pipeline(part$, index)))).subscribe(subscriber)
      for (const part of parts) part.begin()
      intake.open(source)
    })
}
