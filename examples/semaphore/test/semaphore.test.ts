import { expect, test } from 'vitest'
import { kinds, linesOf } from '../../run-example.ts'

test.each(kinds)('never are more than two of five %ss inside', async (kind) => {
  const [line] = await linesOf('semaphore', kind)
  expect(line).toMatch(/^5 visits, at most [12] at once, 0 inside now, 2 permits free$/)
})
