import { Pool, PoolTerminatedError, taskModule } from '@millrace/node'
import { describe, expect, test } from 'vitest'
import { errorOf, outcomesOf } from '../../../core/conformance/pool/ground.ts'

const tasks = taskModule<typeof import('./fixtures/odd-tasks.mjs')>(
  new URL('./fixtures/odd-tasks.mjs', import.meta.url),
)

/** An input that ends its pool when it is read, and then throws, if that is wanted. */
function ending(pool: Pool, thrown?: Error) {
  return {
    get value() {
      void pool.terminate()
      if (thrown !== undefined) throw thrown
      return 1
    },
  }
}

describe.each([undefined, new RangeError('no')])(
  'an input that ends the pool while it is read, and throws %o',
  (thrown) => {
    test.each([1, 2])('imap() ends with the error of the pool, in chunks of %d', async (chunksize) => {
      const pool = new Pool({ processes: 1, kind: 'thread' })
      const results = pool.imap(tasks.same, [ending(pool, thrown), 2], { chunksize })
      expect(await outcomesOf(results, 2)).toEqual([expect.any(PoolTerminatedError), undefined])
      expect(pool.stats.open).toBe(0)
      await pool.join()
    })

    test('apply() rejects', async () => {
      const pool = new Pool({ processes: 1, kind: 'thread' })
      const error = await errorOf(pool.apply(tasks.same, [ending(pool, thrown)]))
      if (thrown === undefined) expect(error).toBeInstanceOf(PoolTerminatedError)
      else expect(error.message).toMatch('no')
      expect(pool.stats.open).toBe(0)
      await pool.join()
    })
  },
)
