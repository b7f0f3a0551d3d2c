import { expect } from 'vitest'
import type { Violation } from './invariants.ts'
import type { PlantedBug } from './planted-bugs.ts'

/** Expects that one of the first `seeds` simulations notices the bug, by what it does. */
export async function expectNoticed(
  bug: PlantedBug,
  simulate: (seed: number) => Promise<Violation | undefined>,
  seeds: number,
): Promise<void> {
  const violation = await hunt(bug, simulate, seeds)
  expect(violation, `${seeds} seeds did not notice it`).toBeDefined()
  // Not because the patch itself fell over.
  expect(violation!.invariant).not.toBe('nothing throws')
}

async function hunt(
  { plant }: PlantedBug,
  simulate: (seed: number) => Promise<Violation | undefined>,
  seeds: number,
): Promise<Violation | undefined> {
  const remove = plant()
  try {
    for (let seed = 1; seed <= seeds; seed++) {
      const violation = await simulate(seed)
      if (violation !== undefined) return violation
    }
    return undefined
  } finally {
    remove()
  }
}
