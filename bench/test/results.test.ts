import { expect, test } from 'vitest'
import { page, plain, rowsOf } from '../src/results.ts'
import type { Result } from '../src/scenario.ts'

const result = (subject: string, ...rounds: number[]): Result => ({
  scenario: 'pool',
  case: 'cpu',
  subject,
  rate: rounds[1] ?? 0,
  unit: 'tasks/s',
  rounds,
})
const cases = [
  [result('millrace', 10, 20, 30), result('slow', 1, 2, 3), result('fast', 5, 10, 10), result('ideal', 90, 90, 90)],
  [result('millrace-thread', 1, 2, 3)],
]

test('each of ours is beside the fastest rival of its case, and no reference is a rival', () => {
  expect(rowsOf(cases)).toEqual([
    ['pool cpu', 'millrace', '20.0 tasks', 'fast', '10.0', '2.00 ×'],
    ['pool cpu', 'millrace-thread', '2.00 tasks', '', '', ''],
  ])
})

test('the page has the machine, the date, the table, what was skipped, and every subject', () => {
  const text = page(cases, 'cpu  a fast one', '2026-01-31', '- piscina: not installed')
  for (const part of [
    'cpu  a fast one',
    '2026-01-31',
    '| pool cpu | millrace | 20.0 tasks | fast |',
    '- piscina: not installed',
    'ideal',
  ])
    expect(text).toContain(part)
})

test('the columns of the table are as wide as their widest cell', () => {
  const [headings = '', first = ''] = plain(rowsOf(cases)).split('\n')
  expect(first.indexOf('fast')).toBe(headings.indexOf('fastest'))
})
