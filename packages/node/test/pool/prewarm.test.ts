import { Pool, PoolClosedError, Queue, SharedEvent, taskModule } from '@millrace/node'
import { describe, expect, test } from 'vitest'
import { errorOf, until } from '../../../core/conformance/pool/ground.ts'
import { kinds } from '../kinds.ts'

const tasks = taskModule<typeof import('../../../core/conformance/pool-tasks.mjs')>(
  new URL('../../../core/conformance/pool-tasks.mjs', import.meta.url),
)

describe.each(kinds)('prewarm(), $kind', ({ kind }) => {
  test.each([{ processes: 2 }, { min: 0, max: 2 }])(
    'rejects if the pool is closed before so many workers are ready: %o',
    async (options) => {
      const pool = new Pool({ kind, ...options })
      const ready = errorOf(pool.prewarm(2))
      await pool.close()
      expect(await ready).toBeInstanceOf(PoolClosedError)
      await pool.join()
    },
  )

  test.each([0, 200])(
    'workers that are ready and get nothing to do end after an idleTimeout of %d',
    async (idleTimeout) => {
      await using pool = new Pool({ kind, min: 0, max: 2, idleTimeout })
      let ready = 0
      pool.events.subscribe(({ type }) => {
        if (type === 'worker-ready') ready++
      })
      await pool.prewarm(2)
      expect(ready).toBe(2)
      await until(() => pool.stats.workers === 0)
    },
  )
})

describe('prewarm()', () => {
  test('does not count a worker that is on its way out', async () => {
    await using pool = new Pool({ kind: 'process', processes: 1, concurrency: 2, grace: 0 })
    const [gate, news, controller] = [new SharedEvent(), new Queue<unknown>(), new AbortController()]
    const beside = pool.apply(tasks.waitFor, [gate, news])
    await news.get()
    const stubborn = errorOf(pool.apply(tasks.waitFor, [gate, news], { signal: controller.signal }))
    await news.get()
    controller.abort()
    await stubborn
    await until(() => pool.stats.pids.length === 2)
    await pool.prewarm()
    expect(pool.stats.idle).toBe(1)
    await gate.set()
    await beside
  })

  test('has another worker start in place of one that dies before it is ready', async () => {
    await using pool = new Pool({ kind: 'process', min: 0, max: 3, stdio: 'ignore' })
    let [killed, ready] = [0, 0]
    pool.events.subscribe((event) => {
      if (event.type === 'worker-ready') ready++
      if (event.type !== 'worker-born' || killed > 0) return
      killed++
      process.kill(event.worker.pid!, 'SIGKILL')
    })
    await pool.prewarm(3)
    expect([killed, ready]).toEqual([1, 3])
  })

  test('may be left alone, also where the pool is closed before', async () => {
    const unhandled: unknown[] = []
    const hear = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', hear)
    try {
      const pool = new Pool({ kind: 'process', processes: 2 })
      const prewarmed = pool.prewarm()
      await pool.close()
      await pool.join()
      await new Promise(setImmediate)
      expect(unhandled).toEqual([])
      await expect(prewarmed).rejects.toThrow(PoolClosedError)
    } finally {
      process.off('unhandledRejection', hear)
    }
  })
})
