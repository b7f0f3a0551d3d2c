import { describe, expect, test } from 'vitest'
import { thorough } from '../thorough.ts'
import { playDispatch, simulateDispatch } from './dispatch-simulation.ts'

const SEEDS = thorough(3_000, 600)
const BATCH = 300

/** What the seeds are there to bring about; a simulation in which it does not happen proves nothing. */
const HAS_TO_HAPPEN = [
  'answered',
  'several ahead',
  'looked again',
  'aborted while it ran',
  'aborted before it ran',
  'died with its worker',
  'lost',
  'death',
]

describe('a pool hands out, takes back, and loses nothing', () => {
  for (let from = 1; from <= SEEDS; from += BATCH) {
    const to = from + BATCH - 1
    test(`seeds ${from} to ${to}`, async () => {
      for (let seed = from; seed <= to; seed++) {
        const violation = await simulateDispatch(seed)
        if (violation !== undefined) throw new Error(`seed ${seed}: ${violation.message}`, { cause: violation })
      }
    })
  }

  test('and a hundred seeds bring about all that the simulation is for', () => {
    const seen = new Set<string>()
    for (let seed = 1; seed <= 100; seed++) for (const what of playDispatch(seed).keys()) seen.add(what)
    expect([...seen]).toEqual(expect.arrayContaining(HAS_TO_HAPPEN))
  })
})
