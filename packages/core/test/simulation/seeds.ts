import { describe, expect, test } from 'vitest'
import { isQuick } from '../thorough.ts'
import type { Violation } from './invariants.ts'

const BATCH = 250
const REPLAY = process.env.MILLRACE_SEED

type Simulate = (seed: number, trace?: (line: string) => void) => Promise<Violation | undefined>

/** Simulates the seeds from `first` to `last`, or the one that MILLRACE_SEED names, with a trace of what happens. */
export function testSeeds(what: string, simulate: Simulate, first: number, last: number): void {
  describe.runIf(REPLAY !== undefined)('one seed', () => {
    test(`seed ${REPLAY}: ${what} keep every invariant`, async () => {
      expect(await simulate(Number(REPLAY), (line) => console.log(line))).toBeUndefined()
    })
  })
  describe.runIf(REPLAY === undefined)(`${what} keep every invariant`, () => {
    for (let from = first; from <= last; from += BATCH) {
      const to = Math.min(from + BATCH - 1, last)
      test(`seeds ${from} to ${to}`, () => simulateAll(simulate, from, to))
    }
  })
}

/** Holds the first seeds to it that they bring about all that they are there for: without that they prove nothing. */
export function testCoverage(
  seeds: number,
  play: (seed: number) => ReadonlyMap<string, number> | Promise<ReadonlyMap<string, number>>,
  wanted: readonly string[],
): void {
  test.skipIf(isQuick || REPLAY !== undefined)(
    `${seeds} seeds bring about all that the simulation is for`,
    async () => {
      const seen = new Set<string>()
      for (let seed = 1; seed <= seeds; seed++) for (const what of (await play(seed)).keys()) seen.add(what)
      expect([...seen]).toEqual(expect.arrayContaining([...wanted]))
    },
  )
}

async function simulateAll(simulate: Simulate, from: number, to: number): Promise<void> {
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
