import { EncodeError, Pool, PoolTerminatedError, taskModule } from '@millrace/node'
import { describe, expect, test } from 'vitest'
import { deferred } from '../../../core/src/deferred.ts'

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

describe('inputs that come one by one are read no further', () => {
  /** Gives one number, and then nothing, until it is told that nobody wants more. */
  function endless() {
    const read = deferred<void>()
    const left = deferred<void>()
    let count = 0
    const inputs: AsyncIterableIterator<number> = {
      next: async () => {
        if (count++ === 0) return { done: false, value: 2 }
        read.resolve()
        return new Promise<never>(() => {})
      },
      return: async () => {
        left.resolve()
        return { done: true, value: undefined }
      },
      [Symbol.asyncIterator]: () => inputs,
    }
    return { inputs, waiting: read.promise, left: left.promise }
  }

  test('when the pool is terminated', async () => {
    const pool = new Pool({ processes: 1, kind: 'thread' })
    const { inputs, waiting, left } = endless()
    const results = expect(pool.map(tasks.square, inputs)).rejects.toThrow(PoolTerminatedError)
    await waiting
    await pool.terminate()
    await Promise.all([results, left])
    await pool.join()
  })

  test('when the map is aborted', async () => {
    await using pool = new Pool({ processes: 1, kind: 'thread' })
    const { inputs, waiting, left } = endless()
    const controller = new AbortController()
    const results = expect(pool.map(tasks.square, inputs, { signal: controller.signal })).rejects.toThrow('enough')
    await waiting
    controller.abort(new Error('enough'))
    await Promise.all([results, left])
  })

  test('when one of them cannot travel', async () => {
    await using pool = new Pool({ processes: 1, kind: 'thread' })
    let left = false
    async function* inputs() {
      try {
        for (;;) yield (() => {}) as never
      } finally {
        left = true
      }
    }
    await expect(pool.map(tasks.square, inputs())).rejects.toThrow(EncodeError)
    expect(left).toBe(true)
  })

  test('when one of them is a result that has failed, and others would follow', async () => {
    await using pool = new Pool({ processes: 1, kind: 'thread' })
    let left = false
    function* inputs() {
      try {
        yield (() => {}) as never
        for (;;) yield 2
      } finally {
        left = true
      }
    }
    await expect(pool.map(tasks.square, pool.imap(tasks.square, inputs()))).rejects.toThrow(EncodeError)
    expect([left, pool.stats.open]).toEqual([true, 0])
  })

  test('when reading the first one ends the pool', async () => {
    const pool = new Pool({ processes: 1, kind: 'thread' })
    const inputs: AsyncIterableIterator<number> = {
      next: () => {
        void pool.terminate()
        return new Promise<never>(() => {})
      },
      [Symbol.asyncIterator]: () => inputs,
    }
    await expect(pool.map(tasks.square, inputs)).rejects.toThrow(PoolTerminatedError)
    await pool.join()
  })
})
