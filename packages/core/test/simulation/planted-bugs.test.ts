import { describe, expect, test } from 'vitest'
import type { Violation } from './invariants.ts'
import { PLANTED_BUGS, type PlantedBug } from './planted-bugs.ts'
import { simulate } from './simulate.ts'

/** So many seeds must be enough for each. */
const SEEDS = 400

describe('the simulation notices', () => {
  test.each(PLANTED_BUGS)('that $name', async (bug) => {
    const violation = await hunt(bug)
    expect(violation, `${SEEDS} seeds did not notice it`).toBeDefined()
    // It is noticed by what it does, not because the patch itself fell over.
    expect(violation!.invariant).not.toBe('nothing throws')
  })
})

async function hunt({ plant }: PlantedBug): Promise<Violation | undefined> {
  const remove = plant()
  try {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const violation = await simulate(seed)
      if (violation !== undefined) return violation
    }
    return undefined
  } finally {
    remove()
  }
}
