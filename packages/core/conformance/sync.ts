import { describe } from 'vitest'
import type { StartServant } from './elsewhere.ts'
import { abandonment } from './permits/abandonment.ts'
import { acquiring } from './permits/acquiring.ts'
import { fairness } from './permits/fairness.ts'
import { ownership } from './permits/ownership.ts'
import { scopes } from './permits/scopes.ts'
import { state } from './permits/state.ts'
import { placesFor } from './places.ts'

/**
 * What every transport must make true of Lock, RLock, Semaphore and BoundedSemaphore.
 *
 *     permitConformance('child process', startServant)
 */
export function permitConformance(name: string, startServant: StartServant): void {
  describe(`locks and semaphores, ${name}`, () => {
    const places = placesFor(startServant)

    describe('acquiring', () => acquiring(places))
    describe('scopes', () => scopes(places))
    describe('fairness', () => fairness(places))
    describe('ownership', () => ownership(places))
    describe('state', () => state(places))
    describe('abandonment', () => abandonment(places))
  })
}
