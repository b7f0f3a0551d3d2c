import { Pool, TimeoutError, taskModule } from '@millrace/node'
import { describe, expect, it } from 'vitest'
import { kinds } from '../kinds.ts'

const tasks = taskModule<typeof import('./fixtures/attempt-tasks.mjs')>(
  new URL('./fixtures/attempt-tasks.mjs', import.meta.url),
)

const slow = taskModule<typeof import('./fixtures/slow-module.mjs')>(
  new URL('./fixtures/slow-module.mjs', import.meta.url),
)

describe.each(kinds)('attempts of a task in a $kind', ({ kind }) => {
  it('end after their time, and another one is made', async () => {
    await using pool = new Pool({ processes: 2, kind, grace: 200 })
    await pool.prewarm()
    const result = await pool.apply(tasks.slowAtFirst, [], { attemptTimeout: 200, retries: 1, backoff: 1 })
    expect(result).toBe(2)
    expect(pool.stats.retried).toBe(1)
  })

  it('fail with TimeoutError where none is to follow, also those that block their event loop, and the worker is replaced', async () => {
    await using pool = new Pool({ processes: 1, kind, grace: 100 })
    await pool.prewarm()
    await expect(pool.apply(tasks.spin, [], { attemptTimeout: 100 })).rejects.toThrow(TimeoutError)
    expect(await pool.apply(tasks.quick, [7])).toBe(7)
  })

  it('have a time each, however many calls wait for their turn', async () => {
    await using pool = new Pool({ processes: 1, kind })
    await pool.prewarm()
    const calls = Array.from({ length: 8 }, (_, n) => pool.apply(tasks.pause, [n], { attemptTimeout: 1_000 }))
    expect(await Promise.all(calls)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  it('fail alone among the inputs of an iterator', async () => {
    await using pool = new Pool({ processes: 2, kind, grace: 100 })
    await pool.prewarm()
    const outcomes: unknown[] = []
    const results = pool.imap(tasks.pauseFor, [1, 60_000, 2], { attemptTimeout: 2_000, chunksize: 1 })
    for (let i = 0; i < 3; i++)
      outcomes.push(
        await results.next().then(
          ({ value }) => value,
          (error) => error instanceof TimeoutError,
        ),
      )
    expect(outcomes).toEqual([1, true, 2])
  })

  it('have their time from when their module is loaded', async () => {
    await using pool = new Pool({ processes: 1, kind, grace: 100 })
    await pool.prewarm(1, tasks.quick)
    expect(await pool.apply(slow.quick, [7], { attemptTimeout: 500 })).toBe(7)
    // That of another task of the module is there at once, and its time is over all the same.
    await expect(pool.apply(slow.spin, [], { attemptTimeout: 500 })).rejects.toThrow(TimeoutError)
  })
})
