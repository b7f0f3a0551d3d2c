import { describe, expect, test } from 'vitest'
import { DirectWay } from '../../src/direct-way.ts'
import { Lessor } from '../../src/lease.ts'
import { QueuePrimitive } from '../../src/primitives/queue.ts'
import type { Violation } from './invariants.ts'
import { simulatePipes } from './pipe-simulation.ts'
import { type PlantedBug, patch } from './planted-bugs.ts'

/** So many seeds must be enough for each. */
const SEEDS = 600

const nothing = (): void => {}

/** Mistakes that whoever changes direct pipes may make; the simulation has to notice each. */
const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'what the hub still had does not come along',
    plant: () => patch(DirectWay.prototype, 'inherit', () => nothing),
  },
  {
    name: 'what was not received before it came home is lost, or was never known to those who did not go',
    plant: () => patch(QueuePrimitive.prototype, 'regain', () => nothing),
  },
  {
    name: 'it goes on through the hub before all that was recalled is back',
    plant: () => {
      const usual = Object.getOwnPropertyDescriptor(Lessor.prototype, 'settled')!
      Object.defineProperty(Lessor.prototype, 'settled', { configurable: true, get: () => true })
      return () => Object.defineProperty(Lessor.prototype, 'settled', usual)
    },
  },
]

describe('the simulation of direct pipes notices that', () => {
  test.each(PLANTED_BUGS)('$name', async (bug) => {
    const violation = await hunt(bug)
    expect(violation, `${SEEDS} seeds did not notice it`).toBeDefined()
  })
})

async function hunt({ plant }: PlantedBug): Promise<Violation | undefined> {
  const remove = plant()
  try {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const violation = await simulatePipes(seed, undefined, true)
      if (violation !== undefined) return violation
    }
    return undefined
  } finally {
    remove()
  }
}
