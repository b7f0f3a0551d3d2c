import { Pool, taskModule } from '@millrace/node'
import { describe, expect, test } from 'vitest'
import { errorOf } from '../futures/tasks.ts'
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
})
