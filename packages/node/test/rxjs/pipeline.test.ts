import { Pool, taskModule } from '@millrace/node'
import { forEach, from, mapProcess } from '@millrace/node/rxjs'
import { delay, lastValueFrom, map, mergeMap, type Observable, of, Subject, take, takeUntil, toArray } from 'rxjs'
import { afterEach, describe, expect, test } from 'vitest'
import { thorough } from '../../../core/test/thorough.ts'
import { alone } from '../alone.ts'

const tasks = taskModule<typeof import('./fixtures/stage-tasks.mjs')>(
  new URL('./fixtures/stage-tasks.mjs', import.meta.url),
)

/** 0, 1, 2, ...; counts how many were asked for, and whether it was left. */
class Numbers implements Iterable<number> {
  given = 0
  left = false
  readonly #end: number

  constructor(end = Number.POSITIVE_INFINITY) {
    this.#end = end
  }

  [Symbol.iterator](): Iterator<number> {
    return {
      next: () => (this.given < this.#end ? { done: false, value: this.given++ } : { done: true, value: 0 }),
      return: () => {
        this.left = true
        return { done: true, value: 0 }
      },
    }
  }
}

/** Workers were told to end at once. */
afterEach(alone)

const SIZES = [6, 4, 5] as const
const SUM = 15

function threeStages(source: Observable<number>, kind: 'process' | 'thread' = 'thread'): Observable<number> {
  return source.pipe(
    mapProcess(tasks.square, { processes: 2, maxsize: SIZES[0], kind }),
    map((n) => n + 1),
    mapProcess(tasks.addOne, { processes: 1, maxsize: SIZES[1], kind, ordered: false }),
    mapProcess(tasks.addOne, { processes: 1, maxsize: SIZES[2], kind }),
  )
}

describe('of an endless source with a slow end, between that and the source are never more items than', () => {
  /** The most that were under way at any time: asked for, and not yet with the end, which has one. */
  async function most(pipeline: (source: Observable<number>) => Observable<unknown>, count = 60): Promise<number> {
    const numbers = new Numbers()
    let ended = 0
    let peak = 0
    const end = async () => {
      peak = Math.max(peak, numbers.given - ended)
      await new Promise((resolve) => setTimeout(resolve, 2))
      peak = Math.max(peak, numbers.given - ended)
      ended++
    }
    await lastValueFrom(pipeline(from(numbers)).pipe(take(count), forEach(end)))
    expect(ended).toBe(count)
    expect(numbers.left).toBe(true)
    return peak
  }

  test('three stages have room for, however long it runs', async () => {
    const peak = await most((source) => threeStages(source))
    // The end has one besides.
    expect(peak).toBeLessThanOrEqual(SUM + 1)
    // And all of them are used.
    expect(peak).toBeGreaterThan(SUM - 4)
  })

  test('three stages of processes have room for', async () => {
    expect(await most((source) => threeStages(source, 'process'), 30)).toBeLessThanOrEqual(SUM + 1)
  })

  test('that, with asynchronous operators in between', async () => {
    const pipeline = (source: Observable<number>) =>
      threeStages(source.pipe(mergeMap((n) => of(n).pipe(delay(1))))).pipe(mergeMap((n) => Promise.resolve(n)))
    expect(await most(pipeline)).toBeLessThanOrEqual(SUM + 1 + 16)
  })
})

test('a run of very many items comes through, and memory does not grow', async () => {
  const count = thorough(1_000_000, 30_000)
  const numbers = new Numbers(count)
  let seen = 0
  let sum = 0
  let early = 0
  const end = (n: number) => {
    if (++seen === count / 2) early = process.memoryUsage().heapUsed
    sum += n
  }
  const stage = () => mapProcess(tasks.addOne, { processes: 1, maxsize: 1_000 })
  const run = from(numbers).pipe(stage(), stage(), stage(), forEach(end))
  expect(await lastValueFrom(run)).toBe(count)
  expect(sum).toBe((count * (count - 1)) / 2 + 3 * count)
  expect(process.memoryUsage().heapUsed - early).toBeLessThan(64 * 1024 * 1024)
}, 300_000)

describe('when a worker is killed in the middle of a stage', () => {
  const items = (victim: number) => Array.from({ length: 60 }, (_, n) => ({ n, victim }))
  const options = { processes: 2, maxsize: 8, retries: 3, backoff: 1 } as const
  const plain = () => mapProcess(tasks.pass, options)

  test.each([0, 1, 2])('the %ith of three, each item arrives exactly once if calls are repeated', async (which) => {
    const stages = [plain(), plain(), plain()]
    stages[which] = mapProcess(tasks.fragile, options)
    const run = from(items(20)).pipe(stages[0]!, stages[1]!, stages[2]!, toArray())
    expect((await lastValueFrom(run)).map(({ n }) => n)).toEqual(items(20).map(({ n }) => n))
  })

  test.each([0, 1, 2])('the %ith of three, each arrives or is told of if that does not help', async (which) => {
    const lost: number[] = []
    const onError = ({ n }: { n: number }, error: unknown) => {
      expect(error).toMatchObject({ _tag: 'WorkerDiedError', signal: 'SIGKILL' })
      lost.push(n)
    }
    const stages = [plain(), plain(), plain()]
    stages[which] = mapProcess(tasks.fatal, { ...options, retries: 1, onError })
    const run = from(items(20)).pipe(stages[0]!, stages[1]!, stages[2]!, toArray())
    const arrived = (await lastValueFrom(run)).map(({ n }) => n)
    expect(lost).toEqual([20])
    expect(arrived).toEqual(
      items(20)
        .map(({ n }) => n)
        .filter((n) => n !== 20),
    )
  })

  test('the pipeline fails with that if nothing else was said', async () => {
    const run = lastValueFrom(from(items(20)).pipe(mapProcess(tasks.fatal, { maxsize: 4 }), toArray()))
    await expect(run).rejects.toMatchObject({ _tag: 'WorkerDiedError' })
  })
})

describe('every worker and every item is let go at once', () => {
  test('when enough has come', async () => {
    const numbers = new Numbers()
    expect(await lastValueFrom(threeStages(from(numbers)).pipe(take(3), toArray()))).toEqual([3, 4, 7])
    expect(numbers.left).toBe(true)
  })

  test('when another says so', async () => {
    const numbers = new Numbers()
    const stop = new Subject<void>()
    const all = lastValueFrom(
      threeStages(from(numbers)).pipe(
        map((n) => {
          if (n > 50) stop.next()
          return n
        }),
        takeUntil(stop),
        toArray(),
      ),
    )
    expect((await all).length).toBeGreaterThan(3)
    expect(numbers.left).toBe(true)
  })

  test('when a stage, or an operator in between, fails', async () => {
    for (const failing of [
      mapProcess(tasks.refuseOdd),
      map((n: number) => {
        if (n > 3) throw new RangeError('odd: no')
        return n
      }),
    ]) {
      const numbers = new Numbers()
      const run = threeStages(from(numbers)).pipe(failing, mapProcess(tasks.addOne))
      await expect(lastValueFrom(run)).rejects.toThrow('odd')
      expect(numbers.left).toBe(true)
    }
  })

  test('before anything has come', async () => {
    const numbers = new Numbers()
    threeStages(from(numbers)).subscribe().unsubscribe()
    expect(numbers.left).toBe(true)
  })

  test('and a pool that was given is free for others', async () => {
    await using pool = new Pool({ processes: 1, kind: 'thread' })
    const numbers = new Numbers()
    const firsts = from(numbers).pipe(mapProcess(tasks.addOne, { pool, maxsize: 4 }), take(2), toArray())
    expect(await lastValueFrom(firsts)).toEqual([1, 2])
    expect(await pool.apply(tasks.square, [3])).toBe(9)
    await pool.close()
    await pool.join()
  })
})
