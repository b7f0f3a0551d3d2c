import { Pool, PoolTerminatedError, taskModule } from '@millrace/node'
import { describe, expect, test } from 'vitest'

const tasks = taskModule<typeof import('./fixtures/late-tasks.mjs')>(
  new URL('./fixtures/late-tasks.mjs', import.meta.url),
)

/** Two numbers, of which nobody has read any before the turn ends. */
async function* numbers() {
  yield 2
  yield 3
}

// A Blob is read before it can be sent, and inputs that come one by one before they can be cut into chunks.
describe('what was given to a pool is done, though it had still to be read', () => {
  test('when the pool is closed', async () => {
    const pool = new Pool({ processes: 1, kind: 'thread' })
    const results = [pool.apply(tasks.textOf, [new Blob(['hello'])]), pool.map(tasks.square, numbers())] as const
    await pool.close()
    expect(await Promise.all(results)).toEqual(['hello', [4, 9]])
    await pool.join()
  })

  test('but not when the pool is terminated', async () => {
    const pool = new Pool({ processes: 1, kind: 'thread' })
    const results = [pool.apply(tasks.textOf, [new Blob(['hello'])]), pool.map(tasks.square, numbers())] as const
    await pool.terminate()
    await Promise.all(results.map((result) => expect(result).rejects.toThrow(PoolTerminatedError)))
    await pool.join()
  })
})
