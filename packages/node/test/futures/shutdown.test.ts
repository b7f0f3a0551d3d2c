import { setTimeout as sleep } from 'node:timers/promises'
import { PoolClosedError, Queue, SharedEvent } from '@millrace/node'
import { ProcessPoolExecutor } from '@millrace/node/futures'
import { describe, expect, test } from 'vitest'
import { allGone, isRunning } from '../processes.ts'
import { expectPromptly } from './promptly.ts'
import { kinds, listOf, range, tasks } from './tasks.ts'

describe.each(kinds)('shutdown() of an executor, $kind', ({ kind }) => {
  test('waits until everything is done (E5)', async () => {
    const executor = new ProcessPoolExecutor({ maxWorkers: 5, kind })
    const futures = range(50).map((n) => executor.submit(tasks.sleep, 20, n))
    await executor.shutdown()
    expect(futures.every((future) => future.done())).toBe(true)
    expect(await Promise.all(futures)).toEqual(range(50))
  })

  test('right after map() is no hindrance (E5)', async () => {
    const executor = new ProcessPoolExecutor({ maxWorkers: 2, kind })
    const results = executor.map(tasks.pow, [1, 2, 3], [2, 2, 2])
    await executor.shutdown()
    expect(await listOf(results)).toEqual([1, 4, 9])
  })

  test('refuses at once what comes after it; and may be called again', async () => {
    const executor = new ProcessPoolExecutor({ maxWorkers: 1, kind })
    const future = executor.submit(tasks.same, 1)
    const ending = executor.shutdown()
    expect(() => executor.submit(tasks.same, 2)).toThrow(PoolClosedError)
    expect(() => executor.submit(tasks.same, 2)).toThrow('cannot schedule new futures after shutdown')
    expect(() => executor.map(tasks.same, [])).toThrow(PoolClosedError)
    await Promise.all([ending, executor.shutdown(), executor.shutdown({ wait: false })])
    expect(await future).toBe(1)
  })

  test('cancels what has not been begun, if it is to, and leaves nothing pending (E7)', async () => {
    const executor = new ProcessPoolExecutor({ maxWorkers: 5, kind })
    const told = new Queue<number>()
    const first = executor.submit(tasks.tell, told, 1)
    const futures = [first, ...range(50).map(() => executor.submit(tasks.sleep, 100))]
    await told.get()
    await executor.shutdown({ cancelFutures: true })
    const cancelled = futures.filter((future) => future.cancelled())
    const others = futures.filter((future) => !future.cancelled())
    expect(cancelled.length).toBeGreaterThan(20)
    expect(others.length).toBeGreaterThan(0)
    expect(others.every((future) => future.done())).toBe(true)
    expect(await Promise.all(others.map((future) => future.exception()))).toEqual(others.map(() => null))
  })

  test('cancels everything where nothing was begun, and waits for nothing', async () => {
    const executor = new ProcessPoolExecutor({ maxWorkers: 2, kind })
    const futures = range(50).map(() => executor.submit(tasks.sleep, 60_000))
    await executor.shutdown({ cancelFutures: true })
    expect(futures.every((future) => future.cancelled())).toBe(true)
  })

  test('does not wait for what was cancelled (E8)', async () => {
    const executor = new ProcessPoolExecutor({ maxWorkers: 1, kind })
    expect(executor.submit(tasks.sleep, 60_000).cancel()).toBe(true)
    await expectPromptly(executor.shutdown())
  })

  test('that is not waited for lets everything be done, and the workers end by themselves (E10)', async () => {
    const executor = new ProcessPoolExecutor({ maxWorkers: 2, kind })
    const gate = new SharedEvent()
    const held = executor.submit(tasks.waitFor, gate, 'held')
    const pid = executor.submit(tasks.pid)
    const results = executor.map(tasks.pow, range(10), range(10))
    await executor.shutdown({ wait: false })
    expect(held.done()).toBe(false)
    gate.set()
    expect(await held).toBe('held')
    expect(await listOf(results)).toEqual(range(10).map((n) => n ** n))
    if (kind === 'process') await allGone([await pid])
  })

  test('is what leaving the block does (E10)', async () => {
    let pid: number
    let values: number[]
    {
      await using executor = new ProcessPoolExecutor({ maxWorkers: 2, kind })
      pid = await executor.submit(tasks.pid)
      values = await listOf(executor.map(tasks.pow, range(10), Array(10).fill(1)))
    }
    expect(values).toEqual(range(10))
    if (kind === 'process') expect(await isRunning(pid)).toBe(false)
  })

  test('is nothing where nothing was ever submitted', async () => {
    await expectPromptly(new ProcessPoolExecutor({ maxWorkers: 1, kind }).shutdown())
  })

  test('is done at once after a task that cannot travel (E22)', async () => {
    const executor = new ProcessPoolExecutor({ maxWorkers: 1, kind })
    const future = executor.submit(tasks.same, () => 1)
    await executor.shutdown({ wait: false })
    await expect(future.result()).rejects.toMatchObject({ name: 'EncodeError' })
    await expectPromptly(executor.shutdown())
  })
})

test('workers whose executor nobody can reach any more end, once everything is done', async () => {
  const { collectGarbage } = await import('./garbage.ts')
  const gate = new SharedEvent()
  const submitted = (() => {
    const executor = new ProcessPoolExecutor({ maxWorkers: 1, kind: 'process' })
    return [executor.submit(tasks.pid), executor.submit(tasks.waitFor, gate, 'done')] as const
  })()
  const pid = await submitted[0]
  await collectGarbage()
  expect(await isRunning(pid)).toBe(true)
  gate.set()
  expect(await submitted[1]).toBe('done')
  for (const end = Date.now() + 20_000; (await isRunning(pid)) && Date.now() < end; await sleep(20))
    await collectGarbage()
  expect(await isRunning(pid)).toBe(false)
})
