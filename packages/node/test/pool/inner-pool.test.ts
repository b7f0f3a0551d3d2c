import { Process, taskModule } from '@millrace/node'
import { expect, test } from 'vitest'
import { isQuick } from '../../../core/test/thorough.ts'

const tasks = taskModule<typeof import('./fixtures/inner-tasks.mjs')>(
  new URL('./fixtures/inner-tasks.mjs', import.meta.url),
)
const different = [
  { outer: 'process', inner: 'thread' },
  { outer: 'thread', inner: 'process' },
] as const
const same = [
  { outer: 'process', inner: 'process' },
  { outer: 'thread', inner: 'thread' },
] as const
const mixes = isQuick ? different : [...different, ...same]

// What a pool and its workers say to each other there begins on its way through the hub, and then goes past it.
test.each(mixes)('every call of a pool of $inner workers in a $outer is answered', async ({ outer, inner }) => {
  const child = new Process(tasks.sumOfSquares, { args: [inner, 100], kind: outer }).start()
  expect(await child.result).toBe(3 * 328_350)
  await child.join()
})
