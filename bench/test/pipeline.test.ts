import { describe, expect, test } from 'vitest'
import { Flow } from '../src/pipeline/flow.ts'
import type { Item } from '../src/pipeline/load.ts'
import { step } from '../src/pipeline/tasks.ts'
import { table } from '../src/report.ts'
import { oneRound } from './bench.ts'

const few = ['millrace', 'millrace-rxjs', 'piscina', 'python-imap', 'ideal']

test('the subjects of the pipeline that are installed say how many items per second came through, and the peak', async () => {
  for (const { peak, subject } of await oneRound('pipeline', 'busy', few))
    if (subject !== 'ideal') expect(peak).toBeGreaterThan(0)
})

describe('a flow', () => {
  const through = (item: Item) => step(step(step(item)))

  test('counts what is under way', () => {
    const flow = new Flow({ case: 'trivial', steps: 0 }, 3)
    const items = [...flow.items()]
    for (const item of items) flow.arrived(through(item))
    expect(flow.end().peak).toBe(3)
  })

  test('notices an item that has missed a stage, came twice, or never', () => {
    const flow = new Flow({ case: 'busy', steps: 10 }, 2)
    const [first, second] = [...flow.items()] as [Item, Item]
    expect(() => flow.arrived(step(first))).toThrow('not right')
    const other = new Flow({ case: 'busy', steps: 10 }, 2)
    for (const _ of other.items());
    other.arrived(through(second))
    expect(() => other.end()).toThrow('came through')
    other.arrived(through(second))
    expect(() => other.end()).toThrow('came through')
  })
})

test('the table has a column for what was under way where that was counted', () => {
  const result = { scenario: 'pipeline', case: 'busy', rate: 10, unit: 'items/s', rounds: [10] }
  const [head, first] = table([{ ...result, subject: 'millrace', peak: 768 }]).split('\n')
  expect(head).toMatch(/items\/s +under way +millrace is$/)
  expect(first).toMatch(/^millrace +10\.0 +768 +1\.00x$/)
  expect(table([{ ...result, subject: 'millrace' }])).not.toContain('under way')
})
