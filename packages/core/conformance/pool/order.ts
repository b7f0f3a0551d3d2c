import { Queue, SharedEvent, ValueError } from '@millrace/core'
import { expect, test } from 'vitest'
import { drained } from '../drained.ts'
import { range } from '../observed.ts'
import { errorOf, type Ground } from './ground.ts'

/** What begins before what: order of arrival, priorities, and fairness among callers. */
export function order(ground: Ground): void {
  const { tasks } = ground

  /** Runs what `give` gives to a pool of one worker that has something to do meanwhile. */
  async function orderOf(give: (pool: Ground['pool'], order: Queue<number>) => unknown[]): Promise<number[]> {
    await using pool = ground.make()
    const [gate, news, order] = [new SharedEvent(), new Queue<unknown>(), new Queue<number>()]
    const first = pool.apply(tasks.waitFor, [gate, news])
    await news.get()
    const given = give(pool, order)
    await gate.set()
    await Promise.all([first, ...given])
    return drained(order)
  }

  test('calls of one worker begin in the order in which they were made', async () => {
    expect(await orderOf((pool, order) => range(50).map((n) => pool.apply(tasks.inOrder, [n, order])))).toEqual(
      range(50),
    )
  })

  test('what has a higher priority begins first', async () => {
    const began = await orderOf((pool, order) =>
      [0, 5, -1, 5, 0, 10].map((priority) => pool.apply(tasks.inOrder, [priority, order], { priority })),
    )
    expect(began).toEqual([10, 5, 5, 0, 0, -1])
  })

  test('callers take turns: a single call does not wait behind a long map, nor one map behind another', async () => {
    const began = await orderOf((pool, order) => {
      const starmap = (value: number) =>
        pool.starmap(
          tasks.inOrder,
          range(20).map(() => [value, order] as const),
          { chunksize: 1 },
        )
      return [starmap(1), starmap(2), pool.apply(tasks.inOrder, [3, order])]
    })
    expect(began.indexOf(3)).toBeLessThan(4)
    expect(began.slice(0, 9).filter((n) => n === 2).length).toBeGreaterThanOrEqual(3)
  })

  test('those of one caller go together', async () => {
    const began = await orderOf((pool, order) => [
      ...range(6).map(() => pool.apply(tasks.inOrder, [1, order], { caller: 'one' })),
      ...range(6).map(() => pool.apply(tasks.inOrder, [2, order], { caller: 'two' })),
    ])
    expect(began).toEqual([1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2])
  })

  test('short tasks do not wait behind a long one as long as another worker has nothing to do', async () => {
    const { pool } = ground
    const [gate, news] = [new SharedEvent(), new Queue<unknown>()]
    // It is known to be short, so much of it is sent ahead.
    await pool.map(tasks.square, range(200))
    const long = pool.apply(tasks.waitFor, [gate, news])
    const short = range(300).map((n) => pool.apply(tasks.square, [n]))
    expect(await Promise.all(short)).toEqual(range(300).map((n) => n * n))
    await gate.set()
    await long
  })

  test('a task that blocks its worker keeps nothing else from being done, whatever was sent there', async () => {
    await using pool = ground.make({ processes: 2, grace: 20 })
    await pool.prewarm(2, tasks.square)
    await pool.map(tasks.square, range(400))
    const controller = new AbortController()
    const blocking = pool.apply(tasks.block, [600_000], { signal: controller.signal })
    const short = range(300).map((n) => pool.apply(tasks.square, [n]))
    expect(await Promise.all(short)).toEqual(range(300).map((n) => n * n))
    controller.abort('enough')
    expect(await blocking.catch((reason) => reason)).toBe('enough')
  })

  test('a task that blocks its worker does not keep back what was done there before', async () => {
    await using pool = ground.make()
    // So that they are known to be short.
    await pool.map(tasks.block, Array(500).fill(0), { chunksize: 1 })
    const controller = new AbortController()
    const before = range(20).map((n) => pool.apply(tasks.block, [n % 2 ? -1 : 0]))
    const blocking = pool.apply(tasks.block, [600_000], { signal: controller.signal })
    expect(await Promise.all(before)).toEqual(range(20).map((n) => (n % 2 ? -1 : 0)))
    controller.abort('enough')
    expect(await blocking.catch((reason) => reason)).toBe('enough')
  })

  test('a priority that is no number is refused', async () => {
    for (const priority of [Number.NaN, 'high'])
      expect(await errorOf(ground.pool.apply(tasks.square, [1], { priority: priority as number }))).toBeInstanceOf(
        ValueError,
      )
  })
}
