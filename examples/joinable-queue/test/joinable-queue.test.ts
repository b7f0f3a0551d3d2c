import { expect, test } from 'vitest'
import { linesOf } from '../../run-example.ts'

test('join returns after taskDone was called for every item', async () => {
  const lines = await linesOf('joinable-queue')
  const done = lines.filter((line) => / did /.test(line))
  expect(done.map((line) => line.replace(/^consumer-[12]: did /, '')).sort()).toEqual(
    Array.from({ length: 10 }, (_, n) => `任务${n}`),
  )
  expect(lines).toContain('producer: put 10 items')
  expect(lines.at(-1)).toBe('end')
  expect(lines).toContain('producer: all are done')
  // An item is printed before its taskDone: when the producer hears that all are done, all have been printed.
  expect(lines.indexOf('producer: all are done')).toBeGreaterThan(lines.lastIndexOf(done.at(-1)!))
})
