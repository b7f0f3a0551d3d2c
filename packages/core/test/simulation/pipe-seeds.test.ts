import { describe, expect, test } from 'vitest'
import { playPipes, simulatePipes } from './pipe-simulation.ts'

const SEEDS = 2_000
const BATCH = 500

/** What the seeds are there to bring about; a simulation in which it does not happen proves nothing. */
const HAS_TO_HAPPEN = [
  'an end in a message',
  'end of file',
  'bytes that were moved',
  'send',
  'recv',
  'poll',
  'wait',
  'death',
  'exit',
  'broken connection',
  'the other side is behind',
  'FullError',
  'EmptyError',
  'ClosedError',
  'BrokenPipeError',
  'EndOfFileError',
  'DisconnectedError',
]

const replay = process.env.MILLRACE_SEED

describe.runIf(replay !== undefined)('one seed', () => {
  test(`seed ${replay} keeps every invariant of pipes`, async () => {
    expect(await simulatePipes(Number(replay), (line) => console.log(line))).toBeUndefined()
  })
})

describe.runIf(replay === undefined)('pipes keep every invariant', () => {
  for (let from = 1; from <= SEEDS; from += BATCH) {
    const to = from + BATCH - 1
    test(`seeds ${from} to ${to}`, () => simulateAll(from, to))
  }

  test('and two hundred seeds bring about all that the simulation is for', async () => {
    const seen = new Set<string>()
    for (let seed = 1; seed <= 200; seed++) for (const what of (await playPipes(seed)).keys()) seen.add(what)
    expect([...seen]).toEqual(expect.arrayContaining(HAS_TO_HAPPEN))
  })
})

async function simulateAll(from: number, to: number): Promise<void> {
  // Every refused operation makes an error; where it was made is of no interest here, and costs time.
  const { stackTraceLimit } = Error
  for (let seed = from; seed <= to; seed++) {
    Error.stackTraceLimit = 0
    const violation = await simulatePipes(seed)
    Error.stackTraceLimit = stackTraceLimit
    if (violation !== undefined)
      throw new Error(`seed ${seed} (replay it with MILLRACE_SEED=${seed}): ${violation.message}`, { cause: violation })
  }
}
