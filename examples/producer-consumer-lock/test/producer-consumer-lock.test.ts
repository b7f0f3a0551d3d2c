import { expect, test } from 'vitest'
import { kinds, linesOf } from '../../run-example.ts'

test.each(kinds)('each item is made once and taken once, whichever %s does it', async (kind) => {
  const lines = await linesOf('producer-consumer-lock', kind)
  const items = ['apples', 'pears'].flatMap((fruit) => [1, 2, 3, 4, 5].map((i) => `${fruit} ${i}`))
  const told = (what: string) => lines.filter((line) => line.startsWith(what)).map((line) => line.slice(what.length))
  expect(told('made ').sort()).toEqual(items)
  expect(told('took ').sort()).toEqual(items)
  expect(lines.at(-1)).toBe('left in the store: 0; the lock is free')
})
