import { Process, ProcessDiedError, Queue } from '@millrace/browser'
import { describe, expect, test } from 'vitest'
import { noneAlive } from './signs.ts'
import { tasks } from './tasks.ts'

describe('a worker that a worker has started', () => {
  test('runs tasks for it, and is waited for', async () => {
    const child = new Process(tasks.squareElsewhere, { args: [7], name: 'middle' }).start()
    expect(await child.result).toEqual({ result: 49, exitCode: 0, name: 'middle:1' })
    await child.join()
    expect(child.exitCode).toBe(0)
  })

  test('keeps it from ending, as any process that is no daemon', async () => {
    const queue = new Queue<string>()
    const child = new Process(tasks.leaveChild, { args: [queue, false] }).start()
    await child.join()
    expect(await queue.getNowait()).toBe('late')
    expect(child.exitCode).toBe(0)
  })

  test('ends with it if it is a daemon', async () => {
    const queue = new Queue<string>()
    await new Process(tasks.leaveChild, { args: [queue, true] }).start().join()
    await expect(queue.get({ timeout: 300 })).rejects.toThrow('stayed empty')
  })

  test('dies with it: what both held, items and slots, is there for the others', async () => {
    const [queue, slots, news] = [new Queue<number>(), new Queue<number>({ maxsize: 40 }), new Queue<string>()]
    const middle = new Process(tasks.holdInTwo, { args: [queue, slots, news] }).start()
    expect([await news.get(), await news.get()]).toEqual(['holding', 'holding'])
    await queue.put(0)
    await queue.put(1)
    await untilTaken(queue)
    await middle.kill()
    await middle.join()
    await expect(middle.result).rejects.toThrow(ProcessDiedError)
    for (let i = 0; i < 100; i++) await queue.put(i + 2)
    for (let i = 0; i < 100; i++) expect(await queue.getNowait()).toBe(i + 2)
    for (let i = 0; i < 40; i++) await slots.putNowait(i)
    await expect(slots.putNowait(40)).rejects.toThrow('stayed full')
    expect(await news.qsize()).toBe(0)
    // The browser ends a worker together with those that it has made.
    await noneAlive()
  })
})

/** Resolves once the two have each taken the one item that they take. */
async function untilTaken(queue: Queue<number>): Promise<void> {
  while ((await queue.qsize()) > 0) await new Promise((resolve) => setTimeout(resolve, 5))
}
