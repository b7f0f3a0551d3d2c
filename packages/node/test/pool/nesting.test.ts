import { EncodeError, Pool, taskModule } from '@millrace/node'
import { describe, expect, test } from 'vitest'
import { mixes } from '../kinds.ts'

const tasks = taskModule<typeof import('./fixtures/row-tasks.mjs')>(
  new URL('./fixtures/row-tasks.mjs', import.meta.url),
)

describe.each(mixes)('a task in a $outer', ({ outer, inner }) => {
  test(`can start a ${inner} (G16)`, async () => {
    await using pool = new Pool({ processes: 1, kind: outer })
    expect(await pool.apply(tasks.startAndWait, [inner])).toEqual([49, 0])
  })

  test(`can have a pool of ${inner} workers, whose tasks have pools (G39, P19)`, async () => {
    await using pool = new Pool({ processes: 1, kind: outer })
    expect(await pool.apply(tasks.nest, [inner, 1])).toBe(28)
  })
})

test("is told what to do if it is to be sent its caller's pool (G39, L22)", async () => {
  await using pool = new Pool({ processes: 1, kind: 'thread' })
  const sent = pool.apply(tasks.square, [pool as never])
  await expect(sent).rejects.toThrow(EncodeError)
  await expect(sent).rejects.toThrow(/make one in the task, or send it the results/)
})
