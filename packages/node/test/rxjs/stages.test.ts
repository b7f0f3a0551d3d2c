import { Queue, taskModule } from '@millrace/node'
import {
  filterProcess,
  flatMapProcess,
  forEach,
  from,
  mapProcess,
  partitionBy,
  reduceProcess,
  scanProcess,
  stage,
} from '@millrace/node/rxjs'
import { lastValueFrom, type Observable, take, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { alone } from '../alone.ts'
import { kinds } from '../kinds.ts'
import { Total } from './fixtures/stage-tasks.mjs'

const tasks = taskModule<typeof import('./fixtures/stage-tasks.mjs')>(
  new URL('./fixtures/stage-tasks.mjs', import.meta.url),
)

const all = <T>(source: Observable<T>): Promise<T[]> => lastValueFrom(source.pipe(toArray()))

/** Counts how many were asked for. */
class Numbers implements Iterable<number> {
  given = 0
  readonly #end: number

  constructor(end = Number.POSITIVE_INFINITY) {
    this.#end = end
  }

  [Symbol.iterator](): Iterator<number> {
    return { next: () => (this.given < this.#end ? { done: false, value: this.given++ } : { done: true, value: 0 }) }
  }
}

describe.each(kinds)('in workers of kind $kind', ({ kind }) => {
  test('filterProcess passes on what the task is true for', async () => {
    expect(await all(from([1, 2, 3, 4, 6]).pipe(filterProcess(tasks.isEven, { kind })))).toEqual([2, 4, 6])
  })

  test('flatMapProcess emits the values of each call, in order, as they come', async () => {
    expect(await all(from([2, 0, 3]).pipe(flatMapProcess(tasks.countTo, { kind })))).toEqual([1, 2, 1, 2, 3])
  })

  test('scanProcess and reduceProcess keep the state of each key in one process', async () => {
    const numbers = Array.from({ length: 40 }, (_, n) => n)
    const options = { key: (n: number) => n % 4, seed: { sum: 0, pids: [] as number[] }, processes: 2, kind }
    const last = new Map(await all(from(numbers).pipe(scanProcess(tasks.addHere, options))))
    const reduced = new Map(await all(from(numbers).pipe(reduceProcess(tasks.addHere, options))))
    for (const states of [last, reduced]) {
      expect([0, 1, 2, 3].map((key) => states.get(key)!.sum)).toEqual([180, 190, 200, 210])
      for (const { pids } of states.values()) expect(pids.length).toBe(1)
    }
  })

  test('scanProcess and reduceProcess fail with TypeError of a key that is none', async () => {
    for (const [name, operator] of Object.entries({ scanProcess, reduceProcess })) {
      const sums = from([1]).pipe(operator(tasks.add, { key: (n) => ({ n }) as never, seed: 0, kind }))
      const failed = await all(sums).catch((error: unknown) => error)
      expect(failed).toBeInstanceOf(TypeError)
      expect(failed).toMatchObject({ message: expect.stringMatching(new RegExp(`${name}\\(\\).* not an Object$`)) })
    }
    await alone()
  })

  test('scanProcess emits each state, those of a key in order', async () => {
    const sums = from([1, 2, 3]).pipe(scanProcess(tasks.add, { key: () => 'all', seed: 10, kind }))
    expect(await all(sums)).toEqual([
      ['all', 11],
      ['all', 13],
      ['all', 16],
    ])
  })

  test('stage runs an operator', async () => {
    expect(await all(from([1, 2, 3, 4, 5]).pipe(stage(tasks.pairSums, { kind })))).toEqual([3, 7, 5])
    await alone()
  })

  test('stage completes when its operator has enough, and asks for no more than it has room for', async () => {
    const numbers = new Numbers()
    expect(await all(from(numbers).pipe(stage(tasks.firstThree, { kind, maxsize: 8 })))).toEqual([0, 1, 2])
    expect(numbers.given).toBeLessThan(100)
    await alone()
  })

  test('stage fails with what its operator fails of', async () => {
    await expect(all(from([1, 2, 3, 4]).pipe(stage(tasks.failing, { kind })))).rejects.toThrow('no 3')
    await alone()
  })

  test('stage lets demand through it: the source waits for a slow end', async () => {
    const numbers = new Numbers()
    let done = 0
    let most = 0
    const end = async () => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      most = Math.max(most, numbers.given - ++done)
    }
    const items = from(numbers).pipe(stage(tasks.pairSums, { kind, maxsize: 8 }), take(30), forEach(end))
    expect(await lastValueFrom(items)).toBe(30)
    // 8 in the pipes, of which 4 are pairs, and what the process has in hand.
    expect(most).toBeLessThan(60)
    await alone()
  })

  test('partitionBy leads all items of a key through one pipeline, in order', async () => {
    const seen = new Map<number, number[]>()
    const pipeline = (part$: Observable<number>) => part$.pipe(mapProcess(tasks.addOne, { kind, maxsize: 2 }))
    const results = from(new Numbers(20)).pipe(partitionBy((n) => n % 3, 2, pipeline))
    for (const n of await all(results)) seen.set((n - 1) % 3, [...(seen.get((n - 1) % 3) ?? []), n])
    expect(seen.get(0)).toEqual([1, 4, 7, 10, 13, 16, 19])
    expect(seen.get(1)).toEqual([2, 5, 8, 11, 14, 17, 20])
    await alone()
  })

  test('a call that fails is done again if it is to be', async () => {
    expect(await all(from([5]).pipe(mapProcess(tasks.secondTime, { kind, retries: 1, backoff: 1 })))).toEqual([5])
    expect(await all(from([5]).pipe(flatMapProcess(tasks.secondTime, { kind, retries: 1, backoff: 1 })))).toEqual([5])
  })

  test('a call that takes too long fails', async () => {
    const late = all(from([1]).pipe(mapProcess(tasks.spin, { kind, timeout: 50 })))
    await expect(late).rejects.toMatchObject({ _tag: 'TimeoutError' })
    await alone()
  })
})

test('stage fails when its process dies', async () => {
  const results = all(from([1, 2, 3, 4]).pipe(stage(tasks.dying)))
  await expect(results).rejects.toMatchObject({ _tag: 'ProcessDiedError', signal: 'SIGKILL' })
  await alone()
})

test('the seed of a fold may be of a class that is registered, and each key has its own', async () => {
  const totals = from([1, 2, 3, 4]).pipe(reduceProcess(tasks.addToTotal, { key: (n) => n % 2, seed: new Total() }))
  const states = new Map(await all(totals))
  expect([states.get(0), states.get(1)]).toEqual([{ sum: 6 }, { sum: 4 }])
  expect(states.get(0)).toBeInstanceOf(Total)
})

test('a seed with a handle in it is refused', async () => {
  const seed = { queue: new Queue<number>() }
  const sums = from([1]).pipe(scanProcess(tasks.add as never, { key: () => 1, seed }))
  await expect(all(sums)).rejects.toThrow('a seed cannot have a handle in it')
  await seed.queue.close()
})

test('stage fails if its task returns no Observable', async () => {
  const results = all(from([1, 2, 3]).pipe(stage(tasks.isEven as never)))
  await expect(results).rejects.toThrow('task isEven of stage() has to return an Observable, and returned a boolean')
})

test('a maxsize of infinitely many is no bound', async () => {
  const numbers = new Numbers(200)
  const sums$ = from(numbers).pipe(scanProcess(tasks.add, { key: () => 1, seed: 0, maxsize: Number.POSITIVE_INFINITY }))
  // Nobody is ever done with the first.
  const subscription = sums$.pipe(forEach(() => new Promise(() => {}))).subscribe()
  await expect.poll(() => numbers.given).toBe(200)
  subscription.unsubscribe()
})

test('flatMapProcess tells of which item a call failed', async () => {
  const failed: unknown[] = []
  const onError = (item: number, error: unknown) => failed.push([item, (error as Error).message])
  expect(await all(from([1, 2, 3]).pipe(flatMapProcess(tasks.refuseOdd, { onError })))).toEqual([2])
  expect(failed).toEqual([
    [1, 'odd: 1'],
    [3, 'odd: 3'],
  ])
})

test('a stage is ended by the signal that it was given', async () => {
  const controller = new AbortController()
  const results = all(from([1]).pipe(mapProcess(tasks.spin, { signal: controller.signal })))
  setTimeout(() => controller.abort(new Error('enough')), 100)
  await expect(results).rejects.toThrow('enough')
  await alone()
})
