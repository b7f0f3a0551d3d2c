import { Observable, type OperatorFunction } from 'rxjs'
import { Intake } from './intake.ts'
import { Supply } from './supply.ts'

/** Something of a key. */
export type Keyed<K, T> = readonly [key: K, value: T]

/** Gives the state that follows when an item comes. */
export type Fold = (state: unknown, item: unknown) => unknown

declare function structuredClone(value: unknown): unknown

/** Folds the items of each key, one after the other; emits each state, or the last one of each key when all is in. */
export function folding(
  kind: 'scan' | 'reduce',
  fold: Fold,
  seed: unknown,
): OperatorFunction<Keyed<unknown, unknown>, Keyed<unknown, unknown>> {
  return (source) =>
    new Observable((subscriber) => {
      const states = new Map<unknown, unknown>()
      let last: Iterator<[unknown, unknown]> | undefined
      let busy = false
      let complete = false
      const fail = (error: unknown): void => supply.error(error)
      const keep = (key: unknown, state: unknown): void => {
        states.set(key, state)
        if (kind === 'scan') supply.next([key, state])
      }
      const accept = ([key, item]: Keyed<unknown, unknown>): void => {
        try {
          const next = fold(states.has(key) ? states.get(key) : copyOf(seed), item)
          if (isPromise(next)) wait(key, next)
          else keep(key, next)
        } catch (error) {
          fail(error)
        }
      }
      const wait = (key: unknown, coming: PromiseLike<unknown>): void => {
        busy = true
        coming.then((state) => {
          busy = false
          keep(key, state)
          go()
        }, fail)
      }
      const go = (): void => {
        if (!complete) return intake.released()
        if (!busy) finish()
      }
      const finish = (): void => {
        last ??= kind === 'reduce' ? states.entries() : [].values()
        while (supply.ready) {
          const { done, value } = last.next()
          if (done) return supply.complete()
          supply.next(value)
        }
      }
      const supply = new Supply<Keyed<unknown, unknown>>(subscriber, go, Number.POSITIVE_INFINITY)
      const intake = new Intake<Keyed<unknown, unknown>>('fold', 1, 'buffer', {
        room: () => (busy || !supply.ready ? 0 : 1),
        accept,
        dropOldest: () => false,
        complete: () => {
          complete = true
          go()
        },
        error: fail,
      })
      subscriber.add(() => intake.close())
      intake.open(source)
    })
}

/** Each key begins with a seed of its own. */
function copyOf(seed: unknown): unknown {
  return typeof seed === 'object' && seed !== null ? structuredClone(seed) : seed
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as Partial<PromiseLike<unknown>> | null | undefined)?.then === 'function'
}
