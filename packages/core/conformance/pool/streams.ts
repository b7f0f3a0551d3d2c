import { Queue } from '@millrace/core'
import { expect, test } from 'vitest'
import { busyFor, range } from '../observed.ts'
import { type Ground, listOf, outcomesOf } from './ground.ts'

/** Tasks that give many values, which `imap` hands out one by one. */
export function streams(ground: Ground): void {
  const { tasks } = ground

  test.each([
    ['generator', 'countdown', [3, 2, 1, 1]],
    ['async generator', 'slowCountdown', [3, 2, 1, 1]],
    ['Observable', 'observable', [1, 2, 3, 1]],
  ] as const)('imap() gives their values one by one, in order: %s', async (_name, task, values) => {
    for (const chunksize of [1, 3])
      expect(await listOf(ground.pool.imap(tasks[task] as typeof tasks.countdown, [3, 0, 1], { chunksize }))).toEqual(
        values,
      )
  })

  test('the end of what a task gives does not overtake its values, where nobody could listen for a while', async () => {
    const { pool, tasks } = ground
    // It is taken for quick then, so that who works on it and says nothing is listened to.
    await pool.map(tasks.countingAfter, new Array<[number, number]>(20).fill([1, 0]))
    for (const _ of range(3)) {
      const values = listOf(pool.imap(tasks.countingAfter, [[3, 30]]))
      await new Promise((resolve) => setTimeout(resolve, 5))
      busyFor(150)
      expect(await values).toEqual([0, 1, 2])
    }
  })

  test('imapUnordered() gives the values of each call in their order', async () => {
    const values = await listOf(ground.pool.imapUnordered(tasks.slowCountdown, [50, 50]))
    expect(values.sort((a, b) => a - b)).toEqual(range(100).map((n) => 1 + Math.floor(n / 2)))
  })

  test('a task that fails while it gives values has its error behind them, and the next call follows', async () => {
    const outcomes = await outcomesOf(ground.pool.imap(tasks.failingAfter, [2, 1]), 6)
    expect(outcomes).toEqual([[0], [1], expect.any(RangeError), [0], expect.any(RangeError), undefined])
  })

  test('a task without an end waits for its consumer, and is left with him', async () => {
    const news = new Queue<number | string>()
    const results = ground.pool.imap(tasks.endless, [news])
    for (const n of range(200)) expect(await results.next()).toEqual({ done: false, value: n })
    await ground.pool.map(tasks.square, range(20), { chunksize: 1 })
    const ahead = (await news.qsize()) - 200
    // Not more than it may have on their way.
    expect(ahead).toBeLessThanOrEqual(128)
    await results.return()
    for (;;) if ((await news.get({ timeout: 20_000 })) === 'left') break
    expect(await ground.pool.map(tasks.square, [1, 2])).toEqual([1, 4])
  })

  test('values that have to be read before they can be sent, Blobs, are given with none lost, in order', async () => {
    const texts: string[] = []
    for await (const blob of ground.pool.imap(tasks.blobs, [3, 2])) texts.push(await blob.text())
    expect(texts).toEqual(['blob 0', 'blob 1', 'blob 2', 'blob 0', 'blob 1'])
  })

  test('many values are given with none lost', async () => {
    expect(await listOf(ground.pool.imap(tasks.countdown, [5_000]))).toEqual(range(5_000).map((n) => 5_000 - n))
  })
}
