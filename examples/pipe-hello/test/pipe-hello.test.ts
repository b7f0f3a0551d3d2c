import { expect, test } from 'vitest'
import { linesOf } from '../../run-example.ts'

test.each(['process', 'thread'])('a %s receives the message and prints it', async (kind) => {
  expect(await linesOf('pipe-hello', kind)).toEqual(['Processed: Hello from main process'])
})
