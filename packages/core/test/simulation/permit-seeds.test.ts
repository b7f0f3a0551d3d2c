import { describe, expect, test } from 'vitest'
import { thorough } from '../thorough.ts'
import { playPermits, simulatePermits } from './permit-simulation.ts'

const SEEDS = thorough(3_000, 1_000)
const BATCH = 500

/** What the seeds are there to bring about; a simulation in which it does not happen proves nothing. */
const HAS_TO_HAPPEN = [
  'entered',
  'told of a death',
  'died inside',
  'died outside',
  'given back unasked',
  'RECALL answered',
  'DENY',
  'TimeoutError',
  'Error',
  'DisconnectedError',
  'death',
  'exit',
  'broken connection',
  'the other side is behind',
]

const replay = process.env.MILLRACE_SEED

describe.runIf(replay !== undefined)('one seed', () => {
  test(`seed ${replay} keeps every invariant of permits`, async () => {
    expect(await simulatePermits(Number(replay), (line) => console.log(line))).toBeUndefined()
  })
})

describe.runIf(replay === undefined)('locks and semaphores keep every invariant', () => {
  for (let from = 1; from <= SEEDS; from += BATCH) {
    const to = from + BATCH - 1
    test(`seeds ${from} to ${to}`, () => simulateAll(from, to))
  }

  test('and two hundred seeds bring about all that the simulation is for', async () => {
    const seen = new Set<string>()
    for (let seed = 1; seed <= 200; seed++) for (const what of (await playPermits(seed)).keys()) seen.add(what)
    expect([...seen]).toEqual(expect.arrayContaining(HAS_TO_HAPPEN))
  })
})

async function simulateAll(from: number, to: number): Promise<void> {
  // Every refused operation makes an error; where it was made is of no interest here, and costs time.
  const { stackTraceLimit } = Error
  for (let seed = from; seed <= to; seed++) {
    Error.stackTraceLimit = 0
    const violation = await simulatePermits(seed)
    Error.stackTraceLimit = stackTraceLimit
    if (violation !== undefined)
      throw new Error(`seed ${seed} (replay it with MILLRACE_SEED=${seed}): ${violation.message}`, { cause: violation })
  }
}
