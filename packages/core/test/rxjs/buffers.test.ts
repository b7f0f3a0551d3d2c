import {
  EMPTY,
  ignoreElements,
  lastValueFrom,
  map,
  merge,
  mergeMap,
  type Observable,
  of,
  Subject,
  take,
  tap,
  throwError,
  toArray,
} from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { describe, expect, test, vi } from 'vitest'
import { bufferDemand } from '../../src/rxjs/buffer-demand.ts'
import { forEach } from '../../src/rxjs/for-each.ts'
import { from } from '../../src/rxjs/from.ts'
import { partitionBy } from '../../src/rxjs/partition-by.ts'
import { type Progress, progress } from '../../src/rxjs/progress.ts'
import { toAsyncIterable } from '../../src/rxjs/to-async-iterable.ts'
import { OneContext } from '../one-context.ts'
import { Endless, Sink } from './rig.ts'

const marbles = (run: (helpers: Parameters<Parameters<TestScheduler['run']>[0]>[0]) => void) =>
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(run)

describe('bufferDemand', () => {
  test('passes everything through where nobody below has demand', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  a-(bc)-d--|')
      const expected = '     a-(bc)-d--|'
      const subscriptions = '^---------!'
      expectObservable(source.pipe(bufferDemand(2))).toBe(expected)
      expectSubscriptions(source.subscriptions).toBe(subscriptions)
    })
  })

  test('passes errors on at once, and unsubscribes when it is left', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const failing = cold(' a-b-#')
      expectObservable(failing.pipe(bufferDemand(2))).toBe('a-b-#')
      const left = cold('    a-b-c-d-|')
      expectObservable(left.pipe(bufferDemand(2)), '^----!').toBe('a-b-c')
      expectSubscriptions(left.subscriptions).toBe('^----!')
    })
  })

  test('lets its source go so far ahead, and keeps the order', async () => {
    const numbers = new Endless()
    const sink = new Sink<number>().open(from(numbers).pipe(bufferDemand(5)))
    await sink.program.clock.settle()
    expect(numbers.given).toBe(6)
    for (let i = 0; i < 4; i++) await sink.next()
    expect(sink.taken).toEqual([0, 1, 2, 3, 4])
    expect(numbers.given).toBe(10)
    sink.close()
    expect(numbers.ended).toBe(1)
  })

  test('gives what it has before it completes', async () => {
    const sink = new Sink<number>().open(of(1, 2, 3).pipe(bufferDemand(5)))
    await sink.program.clock.settle()
    expect(sink.state).toBe('open')
    expect(await sink.drain()).toEqual([1, 2, 3])
    expect(sink.state).toBe('complete')
  })

  /** Five at once for a buffer of two, in front of a sink that takes one at a time. */
  const crowd = async (overflow?: 'buffer' | 'error' | 'drop-oldest' | 'drop-newest') => {
    const hot = new Subject<number>()
    const sink = new Sink<number>()
    sink.open(hot.pipe(bufferDemand(2, overflow)))
    for (let n = 1; n <= 5; n++) hot.next(n)
    hot.complete()
    await sink.drain()
    return sink
  }

  test('keeps what comes too fast', async () => expect((await crowd()).taken).toEqual([1, 2, 3, 4, 5]))
  test('drops the oldest', async () => expect((await crowd('drop-oldest')).taken).toEqual([1, 4, 5]))
  test('drops the newest', async () => expect((await crowd('drop-newest')).taken).toEqual([1, 2, 3]))
  test('fails with the item that has no room', async () => {
    const sink = await crowd('error')
    expect(sink.taken).toEqual([1])
    expect(sink.state).toMatchObject({ error: { _tag: 'FullError', item: 4 } })
  })

  test('warns once of a source that does not wait, at ten times its size', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const hot = new Subject<number>()
    const sink = new Sink<number>()
    sink.open(hot.pipe(bufferDemand(2)))
    for (let n = 0; n < 23; n++) hot.next(n)
    expect(warn).not.toHaveBeenCalled()
    for (let n = 0; n < 100; n++) hot.next(n)
    expect(warn).toHaveBeenCalledOnce()
    expect(warn.mock.calls[0]![0]).toContain('bufferDemand(2)')
    warn.mockRestore()
    sink.close()
  })

  test('takes undefined for an item', async () => {
    expect(await lastValueFrom(of(undefined, 1, undefined).pipe(bufferDemand(1), toArray()))).toEqual([
      undefined,
      1,
      undefined,
    ])
  })
})

describe('toAsyncIterable', () => {
  test('lets a loop take the items, and has one more at hand', async () => {
    const numbers = new Endless()
    const seen: number[] = []
    for await (const n of toAsyncIterable(from(numbers))) {
      seen.push(n)
      expect(numbers.given - seen.length).toBeLessThanOrEqual(1)
      if (n === 3) break
    }
    expect(seen).toEqual([0, 1, 2, 3])
    expect(numbers.ended).toBe(1)
  })

  test('ends with its source, or throws what that fails of, after what came before', async () => {
    const seen: unknown[] = []
    for await (const n of toAsyncIterable(from([undefined, 2]))) seen.push(n)
    expect(seen).toEqual([undefined, 2])
    const failing = toAsyncIterable(throwError(() => new Error('no')))
    await expect(
      (async () => {
        for await (const _ of failing);
      })(),
    ).rejects.toThrow('no')
  })

  test('serves several that wait at once, in order', async () => {
    const hot = new Subject<number>()
    const iterator = toAsyncIterable(hot)[Symbol.asyncIterator]()
    const results = [iterator.next(), iterator.next(), iterator.next()]
    hot.next(1)
    hot.next(2)
    hot.complete()
    expect(await Promise.all(results)).toEqual([
      { done: false, value: 1 },
      { done: false, value: 2 },
      { done: true, value: undefined },
    ])
    expect((await iterator.next()).done).toBe(true)
  })

  test('settles who waits when it is left', async () => {
    const hot = new Subject<number>()
    const iterator = toAsyncIterable(hot)[Symbol.asyncIterator]()
    const waiting = iterator.next()
    await iterator.return!()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(hot.observed).toBe(false)
  })
})

describe('progress', () => {
  test('tells how far it has come from time to time, and at the end', async () => {
    const program = new OneContext()
    const told: Progress[] = []
    const hot = new Subject<number>()
    program.make(() => hot.pipe(progress((at) => told.push(at), { interval: 100 })).subscribe())
    hot.next(1)
    hot.next(2)
    await program.clock.advance(100)
    await program.clock.advance(1_000)
    expect(told.map(({ count, state }) => [count, state])).toEqual([[2, 'running']])
    hot.next(3)
    hot.complete()
    expect(told.at(-1)).toMatchObject({ count: 3, state: 'complete' })
    expect(told.at(-1)!.rate).toBeCloseTo(3_000 / told.at(-1)!.ms)
    expect(program.clock.timers).toBe(0)
  })

  test('changes nothing, and lets demand through', async () => {
    const numbers = new Endless()
    const sink = new Sink<number>().open(from(numbers).pipe(progress(() => {})))
    await sink.next()
    expect(numbers.given).toBe(2)
    sink.close()
    expect(sink.program.clock.timers).toBe(0)
  })

  test('fails with what the report throws, at any time', async () => {
    const program = new OneContext()
    const hot = new Subject<number>()
    const errors: unknown[] = []
    const report = (): void => {
      throw new Error('no')
    }
    program.make(() =>
      hot.pipe(progress(report, { interval: 100 })).subscribe({ error: (error) => errors.push(error) }),
    )
    hot.next(1)
    await program.clock.advance(100)
    expect(errors).toEqual([new Error('no')])
    expect(hot.observed).toBe(false)
  })

  test('tells that it has failed', () => {
    const told: Progress[] = []
    const failing = throwError(() => new Error('no')).pipe(progress((at) => told.push(at)))
    failing.subscribe({ error: () => {} })
    expect(told).toMatchObject([{ count: 0, state: 'failed' }])
  })
})

describe('partitionBy', () => {
  test('asks for an item when each of its pipelines has room', async () => {
    const numbers = new Endless()
    const taken: number[][] = [[], []]
    let done = () => {}
    const slow = (n: number) => {
      taken[0]!.push(n)
      return new Promise<void>((resolve) => {
        done = resolve
      })
    }
    const quick = (n: number) => void taken[1]!.push(n)
    const program = new OneContext()
    const subscription = program.make(() =>
      from(numbers)
        .pipe(
          partitionBy(
            (n) => n,
            2,
            (part$, index) => part$.pipe(forEach(index === 0 ? slow : quick)),
          ),
        )
        .subscribe(),
    )
    await program.clock.settle()
    expect(taken[0]!.length).toBe(1)
    const { given } = numbers
    expect(given).toBeLessThan(10)
    done()
    await program.clock.settle()
    expect(taken[0]!.length).toBe(2)
    expect([...taken[0]!, ...taken[1]!].sort((a, b) => a - b)).toEqual(
      Array.from({ length: numbers.given }, (_, n) => n),
    )
    subscription.unsubscribe()
    expect(numbers.ended).toBe(1)
  })

  test('gives all items of a part to each of those that subscribe to it, at the pace of the slowest', async () => {
    const numbers = new Endless()
    const slow = new Sink<number>()
    const { program } = slow
    const quick: number[] = []
    program.make(() =>
      from(numbers)
        .pipe(
          take(10),
          partitionBy(
            () => 0,
            1,
            (part$) => {
              slow.open(part$)
              return part$.pipe(forEach((n) => void quick.push(n)))
            },
          ),
        )
        .subscribe(),
    )
    await program.clock.settle()
    expect(numbers.given).toBeLessThan(4)
    expect(await slow.drain()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(quick).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(slow.state).toBe('complete')
  })

  test('keeps the order for all of them where one makes room for the next item before another has this one', () => {
    const seen: string[] = []
    of(1, 2, 3, 4, 5)
      .pipe(
        partitionBy(
          () => 0,
          1,
          (part$) =>
            merge(
              part$.pipe(
                take(2),
                forEach((n) => void seen.push(`a${n}`)),
              ),
              part$.pipe(forEach((n) => void seen.push(`b${n}`))),
            ),
        ),
      )
      .subscribe()
    expect(seen).toEqual(['a1', 'b1', 'a2', 'b2', 'b3', 'b4', 'b5'])
  })

  test('holds the items back until each pipeline has subscribed, though it does so late and twice', async () => {
    const numbers = new Endless()
    const begin = new Subject<void>()
    const ends: string[] = []
    const results = lastValueFrom(
      from(numbers).pipe(
        take(6),
        partitionBy(
          (n) => n % 2,
          2,
          (part$, index) => {
            const named = (name: string) =>
              part$.pipe(
                tap({ complete: () => ends.push(name) }),
                map((n) => name + n),
              )
            return index === 0
              ? begin.pipe(
                  mergeMap(() => merge(named('a'), named('b'))),
                  take(6),
                )
              : named('c')
          },
        ),
        toArray(),
      ),
    )
    await new Promise((resolve) => setTimeout(resolve, 1))
    expect(numbers.given).toBeLessThan(3)
    begin.next()
    expect((await results).sort()).toEqual(['a0', 'a2', 'a4', 'b0', 'b2', 'b4', 'c1', 'c3', 'c5'])
  })

  test('holds back what a source gives that cannot wait, and completes those that subscribe after its end', async () => {
    const late = (part$: Observable<number>) =>
      of(0).pipe(
        mergeMap(async () => {}),
        mergeMap(() => part$),
      )
    const results = of(1, 2, 3).pipe(
      partitionBy((n) => n, 2, late),
      toArray(),
    )
    expect((await lastValueFrom(results)).sort()).toEqual([1, 2, 3])
    expect(
      await lastValueFrom(
        EMPTY.pipe(
          partitionBy((n: number) => n, 2, late),
          toArray(),
        ),
      ),
    ).toEqual([])
  })

  test('drops the items of a pipeline that has ended, subscribed or not', async () => {
    for (const done of [() => EMPTY, (part$: Observable<number>) => part$.pipe(take(1), ignoreElements())]) {
      const pipeline = (part$: Observable<number>, index: number) => (index === 0 ? done(part$) : part$)
      const results = from([0, 1, 2, 3, 4, 5]).pipe(
        partitionBy((n) => n % 2, 2, pipeline),
        toArray(),
      )
      const both = await lastValueFrom(results)
      expect(both).toEqual([1, 3, 5])
    }
  })
})
