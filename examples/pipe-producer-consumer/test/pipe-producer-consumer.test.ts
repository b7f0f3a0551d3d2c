import { expect, test } from 'vitest'
import { kinds, linesOf } from '../../run-example.ts'

test.each(kinds)('a %s receives everything in order, then the end of file, and ends', async (kind) => {
  expect(await linesOf('pipe-producer-consumer', kind)).toEqual([
    ...Array.from({ length: 10 }, (_, item) => `consumer received ${item}`),
    'consumer met the end of file',
    'consumer ended with exit code 0; its end is closed here: true',
  ])
})
