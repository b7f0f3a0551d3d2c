import { expect, test } from 'vitest'
import { kinds, linesOf } from '../../run-example.ts'

test.each(kinds)('the next %s repairs what one left that was killed with the lock', async (kind) => {
  expect(await linesOf('lock-repair', kind)).toEqual([
    'unlucky took 30 from the first account',
    'heir has the lock of unlucky, and the accounts lack 30',
    'heir moved 30: 70 and 30',
    'next moved 30: 40 and 60',
  ])
})
