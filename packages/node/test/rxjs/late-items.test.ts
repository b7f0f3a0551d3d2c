import { ClosedError, FullError, Pipe, Queue, taskModule } from '@millrace/node'
import {
  forEach,
  from,
  fromQueue,
  mapProcess,
  reduceProcess,
  scanProcess,
  stage,
  toConnection,
  toQueue,
} from '@millrace/node/rxjs'
import {
  concatMap,
  concatWith,
  delay,
  EMPTY,
  lastValueFrom,
  mergeMap,
  NEVER,
  type Observable,
  of,
  range,
  switchMap,
  takeUntil,
  timer,
  toArray,
} from 'rxjs'
import { describe, expect, test } from 'vitest'
import { kinds } from '../kinds.ts'

const tasks = taskModule<typeof import('./fixtures/stage-tasks.mjs')>(
  new URL('./fixtures/stage-tasks.mjs', import.meta.url),
)

const all = <T>(source: Observable<T>): Promise<T[]> => lastValueFrom(source.pipe(toArray()))
const numbers = Array.from({ length: 50 }, (_, n) => n)
const sum = (list: readonly number[]) => list.reduce((total, n) => total + n, 0)

describe.each([
  ['concatMap of promises', concatMap(async (n: number) => n)],
  ['mergeMap of promises', mergeMap(async (n: number) => n)],
  ['delay', delay<number>(1)],
])('behind %s', (_, late) => {
  test.each([0, 1, 3, 8])('toQueue puts every item into a queue of maxsize %i', async (maxsize) => {
    const queue = new Queue<number>({ maxsize })
    const put = lastValueFrom(from(numbers).pipe(late, toQueue(queue)))
    const taken: number[] = []
    for (let i = 0; i < numbers.length; i++) taken.push(await queue.get())
    expect(await put).toBe(numbers.length)
    expect(sum(taken)).toBe(sum(numbers))
    await queue.close()
  })

  test('scanProcess gets every item', async () => {
    const sums = await all(from(numbers).pipe(late, scanProcess(tasks.add, { key: () => 'all', seed: 0 })))
    expect(sums.length).toBe(numbers.length)
    expect(sums.at(-1)).toEqual(['all', sum(numbers)])
  })

  test('mapProcess gets every item', async () => {
    expect(sum(await all(from(numbers).pipe(late, mapProcess(tasks.addOne))))).toBe(sum(numbers) + numbers.length)
  })
})

test.each(kinds)('a stage of kind $kind may emit later than it is given something', async ({ kind }) => {
  expect(await all(from(numbers).pipe(stage(tasks.late, { kind })))).toEqual(numbers)
})

describe.each(['error', 'drop-newest', 'drop-oldest'] as const)('with overflow %s', (overflow) => {
  test('what has room is full for nobody', async () => {
    const queue = new Queue<number>({ maxsize: 8 })
    expect(await lastValueFrom(of(1, 2, 3).pipe(toQueue(queue, { overflow })))).toBe(3)
    expect([await queue.get(), await queue.get(), await queue.get()]).toEqual([1, 2, 3])
    expect(await all(of(1, 2).pipe(stage(tasks.late, { overflow })))).toEqual([1, 2])
    const sums = of(1, 2).pipe(scanProcess(tasks.add, { key: () => 'all', seed: 0, overflow }))
    expect(await all(sums)).toEqual([
      ['all', 1],
      ['all', 3],
    ])
  })

  test.each([
    ['before the source has ended', NEVER.pipe(takeUntil(timer(300)))],
    ['also when that has ended at once', EMPTY],
  ])('what is full is, %s', async (_, end) => {
    const queue = new Queue<number>({ maxsize: 2 })
    const put = lastValueFrom(of(1, 2, 3, 4).pipe(concatWith(end), toQueue(queue, { overflow })))
    put.catch(() => {})
    await expect.poll(() => queue.qsize()).toBe(2)
    expect([await queue.get(), await queue.get()]).toEqual([1, 2])
    if (overflow === 'error') await expect(put).rejects.toThrow(FullError)
    else if (overflow === 'drop-newest') expect(await put).toBe(2)
    else expect([await queue.get(), await put]).toEqual([4, 3])
  })

  test('the process of a stage gets what it has room for, and the last item is dealt with as any other', async () => {
    const lists = all(
      range(1, 40).pipe(reduceProcess(tasks.append, { key: () => 'all', seed: [], maxsize: 2, overflow })),
    )
    if (overflow === 'error') return expect(lists).rejects.toMatchObject({ _tag: 'FullError', item: 2 })
    expect(await lists).toEqual([['all', overflow === 'drop-newest' ? [1] : [1, 40]]])
  })
})

describe('what waits for room', () => {
  test('in a queue that is closed here fails with ClosedError', async () => {
    const queue = new Queue<number>({ maxsize: 2 })
    const put = lastValueFrom(from(numbers).pipe(toQueue(queue)))
    await expect.poll(() => queue.qsize()).toBe(2)
    await queue.close()
    await expect(put).rejects.toThrow(ClosedError)
  })

  test('in a pipe whose end is closed here fails with ClosedError', async () => {
    const [receiver, sender] = Pipe<number>({ duplex: false, maxsize: 2 })
    const put = lastValueFrom(from(numbers).pipe(toConnection(sender)))
    expect(await receiver.recv()).toBe(0)
    await sender.close()
    await expect(put).rejects.toThrow(ClosedError)
  })
})

describe('sources within a source, which have nothing to give for long', () => {
  test('mergeMap goes on to more of them than there is room for', async () => {
    const queues = Array.from({ length: 5 }, () => new Queue<number>())
    const seen: number[] = []
    const merged = from(queues).pipe(
      mergeMap((queue) => fromQueue(queue)),
      forEach(async (n) => void seen.push(n)),
    )
    const subscription = merged.subscribe()
    await Promise.all(queues.map((queue, i) => queue.put(i)))
    await expect.poll(() => seen.toSorted(), { timeout: 10_000 }).toEqual([0, 1, 2, 3, 4])
    subscription.unsubscribe()
    for (const queue of queues) await queue.close()
  })

  test('switchMap goes on to the last of them', async () => {
    const queues = Array.from({ length: 3 }, () => new Queue<string>())
    const seen: string[] = []
    const switched = from(queues).pipe(
      switchMap((queue) => fromQueue(queue)),
      forEach(async (text) => void seen.push(text)),
    )
    const subscription = switched.subscribe()
    await queues[2]!.put('last')
    await expect.poll(() => seen, { timeout: 10_000 }).toEqual(['last'])
    subscription.unsubscribe()
    for (const queue of queues) await queue.close()
  })
})
