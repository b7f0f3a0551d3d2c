import { describe, expect, test } from 'vitest'
import { playPipes, simulatePipes } from './pipe-simulation.ts'

const SEEDS = 2_000
const BATCH = 500

const replay = process.env.MILLRACE_SEED

describe.runIf(replay !== undefined)('one seed', () => {
  test(`seed ${replay} keeps every invariant of pipes that go direct`, async () => {
    expect(await simulatePipes(Number(replay), (line) => console.log(line), true)).toBeUndefined()
  })
})

describe.runIf(replay === undefined)('pipes that go direct keep every invariant', () => {
  for (let from = 1; from <= SEEDS; from += BATCH) {
    const to = from + BATCH - 1
    test(`seeds ${from} to ${to}`, () => simulateAll(from, to))
  }

  test('and two hundred seeds bring about that they do', async () => {
    const seen = new Map<string, number>()
    for (let seed = 1; seed <= 200; seed++)
      for (const [what, times] of await playPipes(seed, undefined, true)) seen.set(what, (seen.get(what) ?? 0) + times)
    expect(seen.get('a connection without the hub')).toBeGreaterThan(50)
  })
})

async function simulateAll(from: number, to: number): Promise<void> {
  const { stackTraceLimit } = Error
  for (let seed = from; seed <= to; seed++) {
    Error.stackTraceLimit = 0
    const violation = await simulatePipes(seed, undefined, true)
    Error.stackTraceLimit = stackTraceLimit
    if (violation !== undefined)
      throw new Error(`seed ${seed} (replay it with MILLRACE_SEED=${seed}): ${violation.message}`, { cause: violation })
  }
}
