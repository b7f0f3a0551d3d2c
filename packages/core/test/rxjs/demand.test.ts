import {
  bufferCount,
  combineLatest,
  concat,
  concatMap,
  debounceTime,
  defer,
  delay,
  distinctUntilChanged,
  exhaustMap,
  filter,
  map,
  merge,
  mergeMap,
  Observable,
  type OperatorFunction,
  of,
  pairwise,
  repeat,
  retry,
  scan,
  share,
  skip,
  startWith,
  switchMap,
  take,
  takeUntil,
  tap,
  timer,
  toArray,
  windowCount,
  withLatestFrom,
} from 'rxjs'
import { describe, expect, test } from 'vitest'
import { bufferDemand } from '../../src/rxjs/buffer-demand.ts'
import { forEach } from '../../src/rxjs/for-each.ts'
import { from } from '../../src/rxjs/from.ts'
import { inContext } from '../in-context.ts'
import { OneContext } from '../one-context.ts'
import { Endless, Sink } from './rig.ts'

/** Three of each, which wait for demand. */
const triple = (n: number) => from([n, n, n])

const one = (n: number) => Promise.resolve(n)

/** What of an endless source lies between it and a sink with one place that has taken `rounds` items. */
async function between(operator: OperatorFunction<number, unknown>, rounds = 10): Promise<number> {
  const numbers = new Endless()
  const sink = new Sink<unknown>().open(from(numbers).pipe(operator))
  await sink.program.clock.settle()
  for (let i = 1; i < rounds; i++) await sink.next()
  sink.close()
  expect(sink.taken.length).toBe(rounds)
  expect(numbers.ended).toBe(1)
  return numbers.given
}

describe('demand reaches a source through', () => {
  /** How many of the source's items ten of the sink need. */
  const cases: ReadonlyArray<readonly [name: string, operator: OperatorFunction<number, unknown>, needed: number]> = [
    ['map', map((n) => n * 2), 10],
    ['tap', tap(), 10],
    ['scan', scan((sum: number, n: number) => sum + n), 10],
    ['distinctUntilChanged', distinctUntilChanged(), 10],
    ['startWith', startWith(-1), 9],
    ['filter', filter((n) => n % 4 === 3), 40],
    ['skip', skip(5), 15],
    ['pairwise', pairwise(), 11],
    ['bufferCount', bufferCount(5), 50],
    ['bufferDemand', bufferDemand(1), 11],
    ['mergeMap', mergeMap(triple), 4],
    ['mergeMap of promises', mergeMap(one), 10],
    ['mergeMap of promises, one at a time', mergeMap(one, 1), 10],
    ['concatMap', concatMap(triple), 4],
    ['concatMap of promises', concatMap(one), 10],
    ['switchMap of promises', switchMap(one), 10],
    ['exhaustMap of promises', exhaustMap(one), 10],
    ['share', share(), 10],
    ['takeUntil', takeUntil(timer(1e9)), 10],
    ['defer', (source) => defer(() => source), 10],
    ['withLatestFrom', withLatestFrom(of(1)), 10],
    [
      'two operators',
      (source) =>
        source.pipe(
          mergeMap(triple),
          filter((n) => n % 2 === 1),
          map(String),
        ),
      8,
    ],
  ]
  test.each(cases)('%s', async (_, operator, needed) => {
    const given = await between(operator)
    expect(given).toBeGreaterThanOrEqual(needed)
    // One more for the place that is free next; and for those that an operator may drop, what is taken in one burst.
    expect(given).toBeLessThanOrEqual(needed + 16)
  })

  test('map: exactly', async () => expect(await between(map((n) => n))).toBe(10))
  test('mergeMap of promises: exactly', async () => expect(await between(mergeMap(one), 40)).toBe(40))
  test('concatMap: one item, and one that waits', async () =>
    expect(await between(concatMap(triple), 30)).toBeLessThanOrEqual(12))

  test('merge, in turns', async () => {
    const left = new Endless()
    const right = new Endless()
    const sink = new Sink<number>().open(merge(from(left), from(right)), 2)
    await sink.program.clock.settle()
    for (let i = 0; i < 9; i++) await sink.next()
    expect(left.given + right.given).toBe(20)
    expect(right.given).toBeGreaterThan(5)
    expect(left.given).toBeGreaterThan(5)
  })

  test('concat and repeat, for each source of the row', async () => {
    const endless = new Endless()
    const sink = new Sink<number>().open(concat(from([1, 2]), from([3]).pipe(repeat(2)), from(endless)))
    await sink.program.clock.settle()
    for (let i = 0; i < 9; i++) await sink.next()
    expect(sink.taken.slice(0, 5)).toEqual([1, 2, 3, 3, 0])
    expect(endless.given).toBe(6)
  })

  test('retry, for the source that is subscribed to again', async () => {
    let attempts = 0
    const endless = new Endless()
    const source = defer(() => (++attempts === 1 ? concat(from([1, 2]), failing()) : from(endless)))
    const sink = new Sink<number>().open(source.pipe(retry(1)))
    await sink.program.clock.settle()
    for (let i = 0; i < 5; i++) await sink.next()
    expect(sink.taken).toEqual([1, 2, 0, 1, 2, 3])
    expect(endless.given).toBe(4)
  })

  test('retry with a delay: from the first item that arrives', async () => {
    let attempts = 0
    const endless = new Endless()
    const source = defer(() => (++attempts === 1 ? failing() : from(endless)))
    const sink = new Sink<number>().open(source.pipe(retry({ count: 1, delay: () => Promise.resolve() })))
    await sink.program.clock.settle()
    for (let i = 0; i < 5; i++) await sink.next()
    expect(sink.taken).toEqual([0, 1, 2, 3, 4, 5])
    expect(endless.given).toBe(6)
  })

  test('combineLatest, whose latest each of them is', async () => {
    const sink = new Sink<unknown>().open(combineLatest([from([1, 2]), from(['a', 'b'])]))
    const taken = await sink.drain()
    expect(taken.at(-1)).toEqual([2, 'b'])
    expect(sink.state).toBe('complete')
  })
})

describe('share lets the slowest of its stages set the pace', () => {
  test('and the others go on when that one is gone', async () => {
    const numbers = new Endless()
    const shared = from(numbers).pipe(share())
    const slow = new Sink<number>().open(shared)
    const quick = new Sink<number>(slow.program).open(shared, 4)
    await slow.program.clock.settle()
    const before = numbers.given
    for (let i = 0; i < 20; i++) await quick.next()
    // The first item is how the second one is found; the slow one has that and no room for another.
    expect(numbers.given).toBeLessThanOrEqual(before + 2)
    await slow.next()
    await quick.next()
    expect(numbers.given).toBeLessThanOrEqual(before + 4)
    slow.close()
    for (let i = 0; i < 20; i++) await quick.next()
    expect(numbers.given).toBeGreaterThan(20)
    quick.close()
    expect(numbers.ended).toBe(1)
  })
})

describe('items that an operator holds for some time', () => {
  test('count as on their way: no more are asked for than there is room', async () => {
    const numbers = new Endless()
    const sink = new Sink<number>()
    const held: Array<() => void> = []
    const slowly = (n: number) => new Promise<number>((resolve) => held.push(() => resolve(n)))
    sink.open(from(numbers).pipe(mergeMap(slowly)), 20)
    await sink.program.clock.settle()
    expect(numbers.given).toBe(20)
    for (let round = 0; round < 5; round++) {
      for (const give of held.splice(0)) give()
      await sink.program.clock.settle()
      expect(numbers.given - sink.taken.length).toBeLessThanOrEqual(20)
      await sink.next()
      expect(numbers.given - sink.taken.length).toBeLessThanOrEqual(20)
    }
    expect(sink.taken.length).toBe(100)
    sink.close()
  })

  test('are given up when they are long overdue, so that nothing hangs', async () => {
    const numbers = new Endless()
    const sink = new Sink<number>()
    const { clock } = sink.program
    // One of two gets through, later.
    const some = (n: number) => (n % 2 === 0 ? Promise.resolve([n]) : Promise.resolve([]))
    sink.open(
      from(numbers).pipe(
        mergeMap(some),
        mergeMap((list) => list),
      ),
      4,
    )
    await clock.settle()
    for (let i = 0; i < 50 && sink.taken.length < 100; i++) {
      await sink.next()
      await clock.advance(100)
    }
    expect(sink.taken.length).toBeGreaterThanOrEqual(100)
    // What was learnt of those that are dropped does not lead to more being under way than there is room for.
    expect(numbers.given / 2 - sink.taken.length).toBeLessThanOrEqual(16)
    sink.close()
    expect(clock.timers).toBe(0)
  })

  const never = new Promise<number>(() => {})

  test('are not asked for faster and faster while nothing is known of the operators', async () => {
    const numbers = new Endless()
    const sink = new Sink<number>()
    // What is behind a Subject is not seen.
    sink.open(
      from(numbers).pipe(
        share(),
        mergeMap(() => never),
        share(),
      ),
      20,
    )
    await sink.program.clock.settle()
    const { given } = numbers
    await sink.program.clock.advance(100)
    expect(numbers.given - given).toBe(16)
    await sink.program.clock.advance(100)
    expect(numbers.given - given).toBe(16 + 64)
    sink.close()
  })

  test('are few more each second where it is known, for some may be live and have nothing to give', async () => {
    const numbers = new Endless()
    const sink = new Sink<number>()
    sink.open(from(numbers).pipe(mergeMap(() => never)), 20)
    await sink.program.clock.settle()
    const asked = [numbers.given]
    for (const ms of [900, 100, 900, 100]) {
      await sink.program.clock.advance(ms)
      asked.push(numbers.given)
    }
    expect(asked).toEqual([20, 20, 30, 30, 40])
    sink.close()
    expect(sink.program.clock.timers).toBe(0)
  })
})

describe('items that an operator drops', () => {
  test('do not keep the rest from coming, however many are dropped in a row', async () => {
    const sink = new Sink<number>()
    sink.open(from(Array.from({ length: 5_000 }, (_, n) => n)).pipe(filter((n) => n > 4_990)), 2)
    await sink.program.clock.settle()
    for (let i = 0; i < 100 && sink.state === 'open'; i++) {
      await sink.program.clock.advance(100)
      await sink.next()
    }
    expect(sink.taken).toEqual([4991, 4992, 4993, 4994, 4995, 4996, 4997, 4998, 4999])
    expect(sink.state).toBe('complete')
  })
})

test('a subscription that is ended frees everything, at any moment', async () => {
  for (let when = 0; when < 6; when++) {
    const numbers = new Endless()
    const sink = new Sink<number>().open(from(numbers).pipe(mergeMap(triple, 2), take(100)))
    for (let i = 0; i < when; i++) await sink.next()
    sink.close()
    const { given } = numbers
    await sink.next()
    await sink.program.clock.advance(1_000)
    expect(numbers.given).toBe(given)
    expect(numbers.ended).toBe(1)
    expect(sink.program.clock.timers).toBe(0)
  }
})

function failing(): Observable<never> {
  const fail = {
    [Symbol.iterator]: () => ({
      next(): IteratorResult<never> {
        throw new Error('no')
      },
    }),
  }
  return from(fail)
}

void [debounceTime, delay]

test('an operator is given nothing in the midst of a call of its own, whichever source has room then', async () => {
  let calling = false
  let nested = 0
  const alone = <T>(source: Observable<T>) =>
    new Observable<T>((subscriber) =>
      source.subscribe({
        next: (item) => {
          if (calling) nested++
          calling = true
          subscriber.next(item)
          calling = false
        },
        error: (error) => subscriber.error(error),
        complete: () => subscriber.complete(),
      }),
    )
  const taken: number[][] = []
  const program = new OneContext()
  const [some, others] = [12, 5].map((length) => from(Array.from({ length }, (_, n) => n)))
  const windows = merge(some!, others!).pipe(
    alone,
    windowCount(4),
    mergeMap((window) => window.pipe(toArray())),
  )
  inContext(program.root.context, () =>
    windows.pipe(forEach((list) => void taken.push(list), { concurrency: 2 })).subscribe(),
  )
  await program.clock.settle()
  expect([taken.flat().length, nested]).toEqual([17, 0])
})
