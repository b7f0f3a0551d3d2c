import { expect, test } from 'vitest'
import { kinds, linesOf } from '../../run-example.ts'

test.each(kinds)('a %s receives the message and prints it', async (kind) => {
  expect(await linesOf('pipe-hello', kind)).toEqual(['Processed: Hello from main process'])
})
