import type { Observable } from 'rxjs'
import { Deque } from '../deque.ts'
import { checkOptions } from '../options.ts'
import { dropFirst, Intake } from './intake.ts'
import { checkedMaxsize, checkedOverflow, type IntakeOptions } from './overflow.ts'

interface Waiter<T> {
  resolve(result: IteratorResult<T, undefined>): void
  reject(error: unknown): void
}

const DONE = { done: true, value: undefined } as const

/**
 * Lets a loop take the items: no more than `maxsize`, 1 unless given, are ahead of it. Each loop subscribes for itself, with
 * its first item, and unsubscribes when it is left.
 *
 * @example
 * for await (const page of toAsyncIterable(from(urls).pipe(mapProcess(tasks.fetchPage)))) console.log(page.title)
 */
export function toAsyncIterable<T>(source: Observable<T>, options: IntakeOptions = {}): AsyncIterable<T> {
  checkOptions('toAsyncIterable()', options, ['maxsize', 'overflow'])
  const maxsize = checkedMaxsize(options.maxsize ?? 1)
  const overflow = checkedOverflow(options.overflow)
  return { [Symbol.asyncIterator]: () => iteratorOf(source, maxsize, overflow) }
}

function iteratorOf<T>(
  source: Observable<T>,
  maxsize: number,
  overflow: ReturnType<typeof checkedOverflow>,
): AsyncIterableIterator<T, undefined> {
  const items = new Deque<T>()
  const waiting = new Deque<Waiter<T>>()
  let state: 'new' | 'open' | 'complete' | { readonly error: unknown } = 'new'
  const conclude = (how: 'complete' | { readonly error: unknown }): void => {
    state = how
    for (const waiter of waiting) settle(waiter)
    waiting.clear()
  }
  const settle = ({ resolve, reject }: Waiter<T>): void => {
    if (typeof state !== 'object') return resolve(DONE)
    reject(state.error)
    state = 'complete'
  }
  const intake = new Intake<T>('toAsyncIterable()', maxsize, overflow, {
    room: () => maxsize - items.length + waiting.length,
    accept: (value) => {
      const waiter = waiting.shift()
      if (waiter === undefined) items.push(value)
      else waiter.resolve({ done: false, value })
    },
    dropOldest: () => dropFirst(items),
    complete: () => conclude('complete'),
    error: (error) => conclude({ error }),
  })
  const wait = (): Promise<IteratorResult<T, undefined>> =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject })
      if (state === 'new') {
        state = 'open'
        intake.open(source)
      } else intake.released()
    })
  return {
    async next() {
      if (items.length > 0) {
        const value = items.shift() as T
        intake.released()
        return { done: false, value }
      }
      if (state === 'new' || state === 'open') return wait()
      return new Promise((resolve, reject) => settle({ resolve, reject }))
    },
    async return() {
      items.clear()
      conclude('complete')
      intake.close()
      return DONE
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
