import { Process, taskModule } from '@millrace/node'
import { expect, test } from 'vitest'
import { mixes } from '../kinds.ts'

const tasks = taskModule<typeof import('./fixtures/inner-tasks.mjs')>(
  new URL('./fixtures/inner-tasks.mjs', import.meta.url),
)

// What a pool and its workers say to each other there begins on its way through the hub, and then goes past it.
test.each(mixes)('every call of a pool of $inner workers in a $outer is answered', async ({ outer, inner }) => {
  const child = new Process(tasks.sumOfSquares, { args: [inner, 100], kind: outer }).start()
  expect(await child.result).toBe(3 * 328_350)
  await child.join()
})
