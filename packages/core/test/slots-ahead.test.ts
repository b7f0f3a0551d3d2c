import { expect, test } from 'vitest'
import type { Keeper, Outlet } from '../src/primitives/primitive.ts'
import { QueuePrimitive, SLOTS } from '../src/primitives/queue.ts'
import { newRun } from '../src/primitives/runs.ts'
import { item } from './hostile/bytes.ts'

const HUB: Keeper = { retain() {}, forgo() {}, uses: () => 0, revoke() {}, directAfter: 0 }
const WINDOW = 100

/** A producer that would like to have `WINDOW` slots in hand, and puts one item after the other; what it was granted. */
function granted(maxsize: number, puts: number): number[] {
  const queue = new QueuePrimitive({ maxsize, maxbytes: 0 }, HUB)
  const grants: number[] = []
  const outlet: Outlet = {
    hub: HUB,
    peer: {},
    lease: () => ({ awaited: () => {}, deny: () => {}, recall: () => {} }),
    grant: (_lane, count) => grants.push(count),
    items: () => {},
    notice: () => {},
  }
  const producer = queue.connect(outlet)
  const bytes = item(new Uint8Array([1]))
  producer.ask(SLOTS, 1, 1, 0, false, WINDOW)
  for (let i = 0; i < puts; i++) producer.put(newRun(bytes, 0, bytes.length, 1))
  return grants
}

test('where there are always slots, more are granted once half of those in hand were used, not one for each', () => {
  const grants = granted(0, 1_000)
  expect(grants.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(1_000)
  expect(grants.length).toBeLessThan(1_000 / (WINDOW / 2) + 3)
})

test('where they are few, all of them are granted, one after the other', () => {
  expect(granted(120, 120).reduce((sum, count) => sum + count, 0)).toBe(120)
})
