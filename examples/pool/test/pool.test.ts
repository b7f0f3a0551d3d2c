import { expect, test } from 'vitest'
import { kinds, linesOf } from '../../run-example.ts'

test.each(kinds)('single calls, many, and workers that serve a queue, over %s', async (kind) => {
  const lines = await linesOf('pool', kind)
  expect(lines.slice(0, 3)).toEqual(['apply: 10', 'applyAsync: ready? false', 'applyAsync: 20'])
  const statuses = lines.slice(3, 8)
  expect(statuses.map((line) => line.replace(/^http:\/\/127\.0\.0\.1:\d+/, ''))).toEqual(
    ['/a', '/b', '/c', '/d', '/e'].map((path) => `${path} 状态码:200`),
  )
  expect(lines[8]).toBe(`all done: ${Array.from({ length: 10 }, (_, n) => `任务${n}`).join(' ')}`)
  expect(lines).toHaveLength(9)
})
