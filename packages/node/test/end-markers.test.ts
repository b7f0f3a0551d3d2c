import { JoinableQueue, Pool, taskModule } from '@millrace/node'
import { expect, test } from 'vitest'
import { range } from '../../core/conformance/observed.ts'

const tasks = taskModule<typeof import('./fixtures/end-marker-tasks.mjs')>(
  new URL('./fixtures/end-marker-tasks.mjs', import.meta.url),
)

// As Python's programs do it: as many markers as consumers, behind all items. Each round goes differently.
test('consumers that end with a marker each leave nothing behind', async () => {
  await using pool = new Pool({ processes: 3 })
  await pool.prewarm()
  for (let round = 0; round < 40; round++) {
    const queue = new JoinableQueue<number | null>()
    const consumers = [1, 2, 3].map(() => pool.applyAsync(tasks.consume, [queue]))
    for (const n of range(10)) await queue.put(n)
    for (const _ of consumers) await queue.put(null)
    const taken = (await Promise.all(consumers)).flat()
    expect(taken.sort((a, b) => a - b)).toEqual(range(10))
    await queue.join()
    await queue.close()
  }
})
