import { describe, expect, test } from 'vitest'
import { simulate } from './simulate.ts'

const BATCH = 500

/** Simulates the seeds from `first` to `last`, or the one that MILLRACE_SEED names, with a trace of what happens. */
export function testSeeds(first: number, last: number): void {
  const replay = process.env.MILLRACE_SEED
  describe.runIf(replay !== undefined)('one seed', () => {
    test(`seed ${replay} keeps every invariant`, async () => {
      expect(await simulate(Number(replay), (line) => console.log(line))).toBeUndefined()
    })
  })
  describe.runIf(replay === undefined)('hub, links and leases keep every invariant', () => {
    for (let from = first; from <= last; from += BATCH) {
      const to = Math.min(from + BATCH - 1, last)
      test(`seeds ${from} to ${to}`, () => simulateAll(from, to))
    }
  })
}

async function simulateAll(from: number, to: number): Promise<void> {
  // Every refused operation makes an error; where it was made is of no interest here, and costs time.
  const { stackTraceLimit } = Error
  for (let seed = from; seed <= to; seed++) {
    Error.stackTraceLimit = 0
    const violation = await simulate(seed)
    Error.stackTraceLimit = stackTraceLimit
    if (violation !== undefined)
      throw new Error(`seed ${seed} (replay it with MILLRACE_SEED=${seed}): ${violation.message}`, { cause: violation })
  }
}
