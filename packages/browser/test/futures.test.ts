import { Queue } from '@millrace/browser'
import {
  asCompleted,
  CancelledError,
  FIRST_COMPLETED,
  ProcessPoolExecutor,
  WorkerDiedError,
  wait,
} from '@millrace/browser/futures'
import { describe, expect, test } from 'vitest'
import { tasks } from './tasks.ts'

// In a page that is isolated a worker tells by its claims what it has begun; in another it is sent nothing ahead of need.
describe('an executor over Web Workers', () => {
  test('calls tasks, and maps them, and ends', async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 2 })
    expect(await executor.submit(tasks.square, 12)).toBe(144)
    const squares: number[] = []
    for await (const square of executor.map(tasks.square, [1, 2, 3, 4, 5], { chunksize: 2 })) squares.push(square)
    expect(squares).toEqual([1, 4, 9, 16, 25])
    const failed = executor.submit(tasks.fail)
    expect(await failed.exception()).toBeInstanceOf(Error)
    for await (const future of asCompleted([failed]))
      expect(String(future)).toContain('of task fail state=finished raised')
  })

  test('cancels what has not been begun, and nothing else (G38)', async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1 })
    const [queue, news, results] = [new Queue<number>(), new Queue<string>(), new Queue<number>()]
    const running = executor.submit(tasks.waitFor, queue, news)
    const others = [1, 2, 3].map((n) => executor.submit(tasks.puts, results, n))
    await news.get()
    expect([running, ...others].map((future) => future.running())).toEqual([true, false, false, false])
    expect([running, ...others].map((future) => future.cancel())).toEqual([false, true, true, true])
    await expect(others[0]!.result()).rejects.toThrow(CancelledError)
    expect((await wait(others, { returnWhen: FIRST_COMPLETED })).done.size).toBe(3)
    await queue.put(1)
    await running
    await executor.shutdown()
    expect(await results.qsize()).toBe(0)
  })

  test('cancels what is for a worker that is being started', async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1 })
    const results = new Queue<number>()
    const future = executor.submit(tasks.puts, results, 1)
    await new Promise((resolve) => setTimeout(resolve))
    expect([future.running(), future.cancel()]).toEqual([false, true])
    expect(await executor.submit(tasks.square, 3)).toBe(9)
    expect(await results.qsize()).toBe(0)
  })

  test('fails the task of a worker that closes, and no other (G18)', async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1 })
    const news = new Queue<string>()
    const dead = executor.submit(tasks.closeSelf, news, false)
    const next = executor.submit(tasks.square, 3)
    await expect(dead.result()).rejects.toThrow(WorkerDiedError)
    expect(await next).toBe(9)
  })
})
