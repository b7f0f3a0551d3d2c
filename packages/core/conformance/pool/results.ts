import { expect, test } from 'vitest'
import { range } from '../observed.ts'
import { type Ground, listOf } from './ground.ts'

/** What a task may return, and what its callers get of that. */
export function results(ground: Ground): void {
  const { tasks } = ground

  test('a task may return a promise, or whatever else can be awaited', async () => {
    expect(await ground.pool.apply(tasks.later, [1])).toBe(2)
    expect(await ground.pool.apply(tasks.thenable as never, [1])).toBe(2)
    expect(await ground.pool.map(tasks.later, range(10))).toEqual(range(11).slice(1))
    expect(await listOf(ground.pool.imap(tasks.later, range(10)))).toEqual(range(11).slice(1))
  })

  test.each([undefined, null, 0, -0, Number.NaN, '', false, 10n])('%o is a result like any other', async (value) => {
    const { pool } = ground
    expect(await pool.apply(tasks.same, [value])).toBe(value)
    expect(await pool.map(tasks.same, [value, value])).toEqual([value, value])
    expect(await listOf(pool.imap(tasks.same, [value, value]))).toEqual([value, value])
  })

  test('a list that a task returns is one value', async () => {
    expect(await ground.pool.apply(tasks.same, [[1, 2]])).toEqual([1, 2])
    expect(await listOf(ground.pool.imap(tasks.same, [[1, 2], [3]]))).toEqual([[1, 2], [3]])
  })

  test.each([
    ['generator', 'countdown', [3, 2, 1]],
    ['async generator', 'slowCountdown', [3, 2, 1]],
    ['Observable', 'observable', [1, 2, 3]],
  ] as const)('apply() and map() collect the values of a task that gives many: %s', async (_name, task, values) => {
    const { pool } = ground
    expect(await pool.apply(tasks[task] as typeof tasks.countdown, [3])).toEqual(values)
    expect(await pool.map(tasks[task] as typeof tasks.countdown, [3, 0, 3])).toEqual([values, [], values])
  })

  test('the values that were given before a failure are lost with it', async () => {
    await expect(ground.pool.apply(tasks.failingAfter, [2])).rejects.toThrow('no more')
  })
}
