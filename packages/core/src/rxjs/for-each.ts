import { Observable, type OperatorFunction } from 'rxjs'
import type { AbortSignal } from '../abort-signal.ts'
import { checkOptions } from '../options.ts'
import { whole } from '../pool/pool-options.ts'
import { Intake } from './intake.ts'
import { checkedOverflow, type Overflow } from './overflow.ts'
import { enter, leave } from './publication.ts'

/** How a function is called for each item. */
export interface ForEachOptions {
  /** So many calls are under way at once; 1 unless given. */
  readonly concurrency?: number | undefined
  /** What becomes of an item that comes while so many are; `'buffer'` unless given. */
  readonly overflow?: Overflow | undefined
}

/**
 * Calls a function for each item, and asks for no more than it is done with. Emits how many there were when the last call is
 * done, and completes; fails with what a call throws. The function's signal is aborted when nobody wants that any more.
 *
 * @example
 * await lastValueFrom(pages$.pipe(forEach((page) => save(page), { concurrency: 4 })))
 */
export function forEach<T>(
  call: (item: T, signal: AbortSignal) => unknown,
  options: ForEachOptions = {},
): OperatorFunction<T, number> {
  if (typeof call !== 'function') throw new TypeError(`forEach() needs a function, not ${String(call)}`)
  checkOptions('forEach()', options, ['concurrency', 'overflow'])
  const { concurrency = 1, overflow } = options
  const most = whole('concurrency', concurrency, 1)
  const policy = checkedOverflow(overflow)
  return (source) =>
    new Observable<number>((subscriber) => {
      const controller = new AbortController()
      let running = 0
      let count = 0
      let complete = false
      const fail = (error: unknown): void => subscriber.error(error)
      const done = (): void => {
        running--
        if (complete) conclude()
        else intake.released()
      }
      const conclude = (): void => {
        complete = true
        if (running > 0) return
        subscriber.next(count)
        subscriber.complete()
      }
      const begin = (item: T): void => {
        running++
        count++
        const returned = calling(call, item, controller.signal)
        if (isPromise(returned)) returned.then(done, fail)
        else done()
      }
      const accept = (item: T): void => {
        try {
          begin(item)
        } catch (error) {
          fail(error)
        }
      }
      const intake = new Intake<T>('forEach()', most, policy, {
        room: () => most - running,
        accept,
        dropOldest: () => false,
        complete: conclude,
        error: fail,
      })
      subscriber.add(() => {
        controller.abort()
        intake.close()
      })
      intake.open(source)
    })
}

/** What the function subscribes to is no source of this sink. */
function calling<T>(call: (item: T, signal: AbortSignal) => unknown, item: T, signal: AbortSignal): unknown {
  const outer = enter(undefined)
  try {
    return call(item, signal)
  } finally {
    leave(outer)
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as Partial<PromiseLike<unknown>> | null | undefined)?.then === 'function'
}

declare const AbortController: new () => { readonly signal: AbortSignal; abort(): void }
