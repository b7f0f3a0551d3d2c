import { describe, expect, test } from 'vitest'
import { playSignals, simulateSignals } from './signal-simulation.ts'

const SEEDS = 2_000
const BATCH = 500

/** What the seeds are there to bring about; a simulation in which it does not happen proves nothing. */
const HAS_TO_HAPPEN = [
  'an event',
  'no event in time',
  'a wake-up',
  'a wake-up is passed on',
  'consume',
  'a round',
  'an action',
  'a broken barrier',
  'a change that was observed',
  'an abort',
  'death',
  'exit',
  'broken connection',
  'BrokenBarrierError',
  'ClosedError',
]

const replay = process.env.MILLRACE_SEED

describe.runIf(replay !== undefined)('one seed', () => {
  test(`seed ${replay} keeps every invariant of signals`, async () => {
    expect(await simulateSignals(Number(replay), (line) => console.log(line))).toBeUndefined()
  })
})

describe.runIf(replay === undefined)('events, conditions and barriers keep every invariant', () => {
  for (let from = 1; from <= SEEDS; from += BATCH) {
    const to = from + BATCH - 1
    test(`seeds ${from} to ${to}`, () => simulateAll(from, to))
  }

  test('and two hundred seeds bring about all that the simulation is for', async () => {
    const seen = new Set<string>()
    for (let seed = 1; seed <= 200; seed++) for (const what of (await playSignals(seed)).keys()) seen.add(what)
    expect([...seen]).toEqual(expect.arrayContaining(HAS_TO_HAPPEN))
  })
})

async function simulateAll(from: number, to: number): Promise<void> {
  // Every refused operation makes an error; where it was made is of no interest here, and costs time.
  const { stackTraceLimit } = Error
  for (let seed = from; seed <= to; seed++) {
    Error.stackTraceLimit = 0
    const violation = await simulateSignals(seed)
    Error.stackTraceLimit = stackTraceLimit
    if (violation !== undefined)
      throw new Error(`seed ${seed} (replay it with MILLRACE_SEED=${seed}): ${violation.message}`, { cause: violation })
  }
}
