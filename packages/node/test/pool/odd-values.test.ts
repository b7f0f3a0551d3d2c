import { Pool, Queue, SharedEvent, taskModule } from '@millrace/node'
import { describe, expect, test } from 'vitest'
import { errorOf, outcomesOf } from '../../../core/conformance/pool/ground.ts'
import { kinds } from '../kinds.ts'

const tasks = taskModule<typeof import('./fixtures/odd-tasks.mjs')>(
  new URL('./fixtures/odd-tasks.mjs', import.meta.url),
)

describe.each(kinds)('what is hard to look at, $kind', ({ kind }) => {
  test.each([0, 1, 2])('an error whose causes go in a circle, by way of %d others, fails its call', async (others) => {
    await using pool = new Pool({ processes: 1, kind })
    const error = await errorOf(pool.apply(tasks.throwCircle, [others]))
    expect(error).toBeInstanceOf(RangeError)
    expect(error.message).toBe('round and round')
    let last: unknown = error
    for (let i = 0; i <= others; i++) last = (last as Error).cause
    expect(last).toBe(error)
    expect(await pool.apply(tasks.same, [1])).toBe(1)
  })

  describe.each(['give', 'giveLater', 'raise'] as const)('a task that is to %s it', (name) => {
    test.each([
      ['getter', 'do not look'],
      ['silentGetter', ''],
      ['wordlessGetter', ''],
      ['badThen', 'do not look'],
      ['revoked', ''],
    ] as const)('fails alone: %s', async (what, message) => {
      await using pool = new Pool({ processes: 1, kind, concurrency: 2 })
      const [gate, news] = [new SharedEvent(), new Queue<number>()]
      const neighbour = pool.apply(tasks.neighbour, [gate, news])
      await news.get()
      const task = tasks[name]
      const fails = expect.objectContaining({
        message: expect.stringContaining(message),
        name: expect.not.stringMatching('WorkerDied'),
      })
      expect(await errorOf(pool.apply(task, [what]))).toEqual(fails)
      expect(await errorOf(pool.map(task, [1, what, 2], { chunksize: 3 }))).toEqual(fails)
      expect(await outcomesOf(pool.imap(task, [1, what, 2], { chunksize: 3 }), 4)).toEqual([[1], fails, [2], undefined])
      await gate.set()
      expect(await neighbour).toBe('unharmed')
    })
  })
})
