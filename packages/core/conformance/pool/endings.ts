import { Pool, PoolClosedError, PoolTerminatedError, Queue, SharedEvent, ValueError } from '@millrace/core'
import { expect, test } from 'vitest'
import { range } from '../observed.ts'
import { errorOf, type Ground, listOf } from './ground.ts'

/** `close`, `terminate`, `join` and `await using`. */
export function endings(ground: Ground): void {
  const { tasks } = ground

  test('a pool that is closed does what it was given, and takes no more (L13, L22)', async () => {
    const pool = ground.make({ processes: 2 })
    const calls = range(20).map((n) => pool.apply(tasks.square, [n]))
    const mapped = pool.map(tasks.square, range(20))
    const results = pool.imap(tasks.square, range(20), { buffersize: 2 })
    await pool.close()
    expect(await errorOf(pool.apply(tasks.square, [1]))).toBeInstanceOf(PoolClosedError)
    expect(await errorOf(pool.map(tasks.square, [1]))).toBeInstanceOf(PoolClosedError)
    expect(await errorOf(pool.applyAsync(tasks.square, [1]))).toBeInstanceOf(PoolClosedError)
    expect(() => pool.imap(tasks.square, [1])).toThrow(PoolClosedError)
    expect(await errorOf(pool.prewarm())).toBeInstanceOf(PoolClosedError)
    const joined = pool.join()
    const squares = range(20).map((n) => n * n)
    expect([await Promise.all(calls), await mapped, await listOf(results)]).toEqual([squares, squares, squares])
    await joined
    expect(pool.stats.workers).toBe(0)
  })

  test('join() before close() is refused (L22)', async () => {
    expect(await errorOf(ground.pool.join())).toBeInstanceOf(ValueError)
  })

  test('close(), terminate() and join() can be called again (L22)', async () => {
    const pool = ground.make()
    await pool.apply(tasks.square, [1])
    await Promise.all([pool.close(), pool.close()])
    await Promise.all([pool.join(), pool.join()])
    await pool.terminate()
    await pool.terminate()
    await pool.close()
    await pool.join()
    expect(await errorOf(pool.apply(tasks.square, [1]))).toBeInstanceOf(PoolClosedError)
  })

  test('to leave the block is to finish (G19)', async () => {
    let result: Promise<number>
    let finished = false
    {
      await using pool = ground.make()
      result = pool.apply(tasks.pause, [50])
      void result.then(() => {
        finished = true
      })
    }
    expect(finished).toBe(true)
    expect(await result).toBe(50)
  })

  test('to terminate rejects everything that is not done, wherever it is (G19)', async () => {
    const pool = ground.make({ grace: 50 })
    const news = new Queue<string>()
    const listening = errorOf(pool.apply(tasks.listen, [news]))
    await news.get()
    const results = pool.imap(tasks.square, range(5))
    const calls = [
      pool.apply(tasks.square, [1]),
      pool.applyAsync(tasks.square, [1]),
      pool.map(tasks.square, range(20)),
      pool.broadcast(tasks.square, [1]),
      pool.apply(tasks.flaky, [9], { retries: 9, backoff: 60_000, priority: 1 }),
    ].map(errorOf)
    const waiting = errorOf(results.next())
    await pool.terminate()
    for (const error of await Promise.all([listening, ...calls, waiting]))
      expect(error).toBeInstanceOf(PoolTerminatedError)
    expect(await results.next()).toEqual({ done: true, value: undefined })
    expect(await errorOf(pool.apply(tasks.square, [1]))).toBeInstanceOf(PoolClosedError)
    await pool.join()
    expect(pool.stats.workers).toBe(0)
  })

  test('what waits at a worker that does not yield is not begun once the pool was terminated', async () => {
    const pool = ground.make({ grace: 10_000 })
    const [news, warm] = [new Queue<string>(), new Queue<string>()]
    // What is known to be short is handed out ahead of need.
    for (const _ of range(20)) await pool.apply(tasks.tell, [warm, 'warm'])
    const blocked = errorOf(pool.apply(tasks.block, [300]))
    const late = range(5).map(() => errorOf(pool.apply(tasks.tell, [news, 'late'])))
    await new Promise((resolve) => setTimeout(resolve, 50))
    await pool.terminate()
    for (const error of await Promise.all([blocked, ...late])) expect(error).toBeInstanceOf(PoolTerminatedError)
    await pool.join()
    expect(await news.qsize()).toBe(0)
  })

  test('a pool can be terminated at once, or while it is closed', async () => {
    const fresh = ground.make({ processes: 2 })
    await fresh.terminate()
    await fresh.join()
    const gate = new SharedEvent()
    const closing = ground.make({ grace: 50 })
    const call = errorOf(closing.apply(tasks.waitFor, [gate]))
    await closing.close()
    const joined = closing.join()
    await closing.terminate()
    expect(await call).toBeInstanceOf(PoolTerminatedError)
    await joined
  })

  test('a task that never yields does not keep a pool from being terminated', async () => {
    const pool = ground.make({ grace: 50 })
    const news = new Queue<string>()
    const call = errorOf(pool.apply(tasks.spin, [news]))
    await news.get()
    await pool.terminate()
    expect(await call).toBeInstanceOf(PoolTerminatedError)
    await pool.join()
  })

  test('who waits for a pool to be ready hears that it never will be', async () => {
    const pool = ground.make({ processes: 2 })
    const ready = errorOf(pool.prewarm(2, tasks.square))
    await pool.terminate()
    expect(await ready).toBeInstanceOf(PoolTerminatedError)
    await pool.join()
  })

  test('a pool that was given nothing ends', async () => {
    await using idle = ground.make()
    expect(idle.stats.open).toBe(0)
    const closed = new Pool({ kind: ground.kind, min: 0, max: 1 })
    await closed.close()
    await closed.join()
  })

  test('the results of an iterator outlive its pool, until it is left', async () => {
    const pool = ground.make()
    const [taken, left] = [pool.imap(tasks.square, range(50), { buffersize: 2 }), pool.imap(tasks.square, range(50))]
    await pool.close()
    await pool.join()
    expect(await listOf(taken)).toEqual(range(50).map((n) => n * n))
    expect(await left.next()).toEqual({ done: false, value: 0 })
    await left.return()
    expect(await left.next()).toEqual({ done: true, value: undefined })
  })

  test('iterators that were never looked at do not keep a pool that is joined from ending', async () => {
    const pool = ground.make()
    pool.imap(tasks.square, range(100), { buffersize: 2 })
    pool.imapUnordered(tasks.fail as never, range(3))
    await pool.close()
    await pool.join()
  })

  test('tasks that give many values, which nobody takes, do not keep a pool that is joined from ending', async () => {
    const pool = ground.make({ processes: 2 })
    const values = range(500).map((n) => 500 - n)
    const begun = pool.imap(tasks.countdown, [500])
    expect(await begun.next()).toEqual({ done: false, value: 500 })
    const unseen = [pool.imapUnordered(tasks.slowCountdown, [500]), pool.imap(tasks.countdown, [500, 500])] as const
    await pool.close()
    await pool.join()
    expect(await listOf(begun)).toEqual(values.slice(1))
    expect(await listOf(unseen[0])).toEqual(values)
    expect(await listOf(unseen[1])).toEqual([...values, ...values])
  })
}
