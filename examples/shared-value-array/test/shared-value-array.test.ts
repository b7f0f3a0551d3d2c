import { expect, test } from 'vitest'
import { kinds, linesOf } from '../../run-example.ts'

test.each(kinds)('a %s sees the change as soon as it is made', async (kind) => {
  expect(await linesOf('shared-value-array', kind)).toEqual([
    'early: 0 and 1, 2, 3',
    'early: 42 and 99, 2, 3',
    'late: 42 and 99, 2, 3',
  ])
})
