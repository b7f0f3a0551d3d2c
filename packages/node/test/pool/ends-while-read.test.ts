import { Pool, PoolTerminatedError, taskModule } from '@millrace/node'
import { describe, expect, test } from 'vitest'
import { range } from '../../../core/conformance/observed.ts'
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

describe.each(['thread', 'process'] as const)('inputs that give up their results while they are read (%s)', (kind) => {
  /** Numbers, at the tenth of which it gives up all, and whether they were left in good order. */
  function endingNumbers(end: () => void) {
    const source = {
      left: false,
      *[Symbol.iterator]() {
        try {
          for (let n = 0; ; n++) {
            if (n === 10) end()
            yield n
          }
        } finally {
          source.left = true
        }
      },
    }
    return source
  }

  test.each([
    ['by return()', undefined],
    ['by their signal', 'enough'],
  ])('are left, each who waits hears of that, and the pool goes on: %s', async (_, reason) => {
    const pool = new Pool({ processes: 1, kind })
    const controller = new AbortController()
    const inputs = endingNumbers(() => (reason === undefined ? void results.return() : controller.abort(reason)))
    const results = pool.imap(tasks.same, inputs, { buffersize: 4, signal: controller.signal })
    const outcomes = await Promise.all(
      range(12).map(() =>
        results.next().then(
          ({ value }) => value,
          (error) => error,
        ),
      ),
    )
    const came = outcomes.filter((outcome) => typeof outcome === 'number')
    expect(came).toEqual(range(came.length))
    const rest = outcomes.slice(came.length)
    expect(rest).toEqual(rest.map((_, i) => (i === 0 ? reason : undefined)))
    expect(inputs.left).toBe(true)
    expect(pool.stats.open).toBe(0)
    expect(await pool.apply(tasks.same, [1])).toBe(1)
    await pool.terminate()
  })
})
