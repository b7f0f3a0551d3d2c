import { expect, test } from 'vitest'
import { linesOf } from '../../run-example.ts'

test('each process changes its own copy of a global', async () => {
  const lines = await linesOf('isolated-globals')
  expect(lines[0]).toBe('parent, before: 100')
  expect(lines.slice(1, -1).sort()).toEqual(['add: 150', 'subtract: 50'])
  expect(lines.at(-1)).toBe('parent, after: 100')
})
