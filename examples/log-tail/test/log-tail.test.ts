import { expect, test } from 'vitest'
import { linesOf } from '../../run-example.ts'

test('shows what becomes of a log under each policy', async () => {
  const [head, ...rows] = await linesOf('log-tail')
  expect(head).toMatch(/^overflow +came +read +errors +behind +last +end$/)
  const cells = rows.map((row) => {
    const [policy = '', came, read, errors, behind, last, ...end] = row.trim().split(/\s+/)
    return {
      policy,
      came: Number(came),
      read: Number(read),
      errors: Number(errors),
      behind: Number(behind),
      last: Number(last),
      end: end.join(' '),
    }
  })
  const [buffer, error, oldest, newest] = cells as [Row, Row, Row, Row]
  expect(cells.map(({ policy }) => policy)).toEqual(['buffer', 'error', 'drop-oldest', 'drop-newest'])
  // All lines, and every fifth of them an error.
  expect(buffer).toMatchObject({ came: 400, read: 400, errors: 80, last: 400, end: 'all was read' })
  expect(buffer.behind).toBeGreaterThan(16)
  // The first line too many ended it.
  expect(error.end).toBe('FullError')
  expect(error.came).toBeLessThan(400)
  // The latest lines, or the first ones of each burst.
  expect(oldest).toMatchObject({ came: 400, last: 400, end: 'some dropped' })
  expect(oldest.read).toBeLessThan(400)
  expect(newest).toMatchObject({ came: 400, end: 'some dropped' })
  expect(newest.last).toBeLessThan(400)
})

type Row = { policy: string; came: number; read: number; errors: number; behind: number; last: number; end: string }
