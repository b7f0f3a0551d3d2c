import { Pool, PoolClosedError, PoolTerminatedError, taskModule } from '@millrace/node'
import { describe, expect, test } from 'vitest'
import { errorOf } from '../../../core/conformance/pool/ground.ts'
import { kinds } from '../kinds.ts'

const tasks = taskModule<typeof import('../../../core/conformance/pool-tasks.mjs')>(
  new URL('../../../core/conformance/pool-tasks.mjs', import.meta.url),
)

describe.each(kinds)('an observer of events may end what he hears of, $kind', ({ kind }) => {
  test.each(['close', 'terminate'] as const)('the pool by %s(), while its workers are being started', async (end) => {
    const pool = new Pool({ processes: 3, kind })
    let born = 0
    pool.events.subscribe(({ type }) => {
      if (type !== 'worker-born') return
      born++
      void pool[end]()
    })
    expect(await errorOf(pool.prewarm())).toBeInstanceOf(end === 'close' ? PoolClosedError : PoolTerminatedError)
    await pool.join()
    expect([born, pool.stats.workers]).toEqual([1, 0])
  })

  test.each(['abort', 'terminate'] as const)('a call by %s(), when it is to be done again', async (end) => {
    await using pool = new Pool({ processes: 1, kind })
    const controller = new AbortController()
    const ends = { abort: () => controller.abort(new RangeError('enough')), terminate: () => pool.terminate() }
    pool.events.subscribe(({ type }) => {
      if (type === 'retried') void ends[end]()
    })
    const call = pool.apply(tasks.flaky, [1], { retries: 1, backoff: 1, signal: controller.signal })
    expect(await errorOf(call)).toBeInstanceOf(end === 'abort' ? RangeError : PoolTerminatedError)
    if (end === 'abort') expect(await pool.apply(tasks.same, [1])).toBe(1)
    expect(pool.stats.open).toBe(0)
  })
})
