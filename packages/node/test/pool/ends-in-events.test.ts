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
})
