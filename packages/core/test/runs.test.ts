import { expect, test } from 'vitest'
import { payloadSize, type Run, Runs } from '../src/primitives/runs.ts'
import { concat, item } from './hostile/bytes.ts'
import { Random } from './random.ts'

interface Item {
  readonly seq: number
  readonly payload: Uint8Array
}

/** One batch, somewhere inside a larger piece of memory. */
function runOf(items: readonly Item[]): Run {
  const bytes = concat(new Uint8Array(5), ...items.map(({ payload }) => item(payload)), new Uint8Array(3))
  const { seq } = items[0]!
  const more = { count: items.length, deliveries: 0, refs: undefined, block: undefined }
  return { bytes, start: 5, end: bytes.length - 3, seq, ...more }
}

function itemsOf(run: Run): Item[] {
  const view = new DataView(run.bytes.buffer, run.bytes.byteOffset)
  const items: Item[] = []
  for (let at = run.start; at < run.end; ) {
    const end = at + 4 + view.getUint32(at, true)
    items.push({ seq: run.seq + items.length, payload: run.bytes.slice(at + 4, end) })
    at = end
  }
  expect(items.length).toBe(run.count)
  return items
}

test('runs are items in the order of their numbers, however they come, part and come back', () => {
  for (let seed = 1; seed <= 60; seed++) play(new Random(seed), `seed ${seed}`)
})

function play(random: Random, what: string): void {
  const runs = new Runs()
  const model: Item[] = []
  const out: Run[] = []
  let seq = 0
  for (let i = 0; i < 120; i++) {
    const limit = random.between(1, 9)
    switch (random.int(5)) {
      case 0:
      case 1: {
        const items = Array.from({ length: limit }, () => ({ seq: seq++, payload: random.bytes(random.int(6)) }))
        runs.push(runOf(items))
        model.push(...items)
        break
      }
      case 2: {
        const run = runs.takeFirst(limit)
        expect(run === undefined, what).toBe(model.length === 0)
        if (run === undefined) break
        expect(run.count).toBeLessThanOrEqual(limit)
        expect(itemsOf(run), what).toEqual(model.splice(0, run.count))
        out.push(run)
        break
      }
      case 3: {
        const run = runs.takeLast(limit)
        if (run === undefined) break
        expect(itemsOf(run), what).toEqual(model.splice(model.length - run.count, run.count))
        out.push(run)
        break
      }
      default: {
        if (out.length === 0) break
        const [run] = out.splice(random.int(out.length), 1)
        model.push(...itemsOf(run!))
        model.sort((a, b) => a.seq - b.seq)
        runs.restore(run!)
      }
    }
    expect(runs.count, what).toBe(model.length)
    expect(runs.size, what).toBe(model.reduce((sum, { payload }) => sum + payload.length, 0))
  }
  const rest: Item[] = []
  for (let run = runs.takeFirst(3); run !== undefined; run = runs.takeFirst(3)) rest.push(...itemsOf(run))
  expect(rest, what).toEqual(model)
}

test('the size of a run is that of its payloads, without their lengths', () => {
  const payloads = [1, 0, 300].map((length, i) => ({ seq: i, payload: new Uint8Array(length) }))
  expect(payloadSize(runOf(payloads))).toBe(301)
})
