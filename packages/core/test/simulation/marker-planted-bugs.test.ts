import { describe, test } from 'vitest'
import { Lease, Lessor } from '../../src/lease.ts'
import { Lessee } from '../../src/lessee.ts'
import { expectNoticed } from './hunt.ts'
import { simulateMarkers } from './marker-simulation.ts'
import { type PlantedBug, patch } from './planted-bugs.ts'

const PLANTED: readonly PlantedBug[] = [
  { name: 'nobody says that nobody waits', plant: () => replaceGetter(Lessee.prototype, 'idle', () => false) },
  { name: 'who is to give something back gets more', plant: () => replaceGetter(Lease.prototype, 'owes', () => false) },
  {
    name: 'whoever does not ask just now takes no part',
    plant: () =>
      patch(Lessor.prototype, 'join', (join) => {
        return function (this: Lessor, outlet) {
          const lease = join.call(this, outlet)
          Object.defineProperty(lease, 'hasAsked', {
            get: () => lease.window > 0 || lease.held > 0 || lease.waiters.size > 0,
            set: () => {},
          })
          return lease
        }
      }),
  },
]

describe('the simulation notices', () => {
  test.each(PLANTED)('that $name', (bug) => expectNoticed(bug, simulateMarkers, 3000))
})

function replaceGetter(target: object, name: string, get: () => unknown): () => void {
  const original = Object.getOwnPropertyDescriptor(target, name)!
  Object.defineProperty(target, name, { ...original, get })
  return () => void Object.defineProperty(target, name, original)
}
