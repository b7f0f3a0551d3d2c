import { describe } from 'vitest'
import { causality } from './causality.ts'
import { closing } from './closing.ts'
import { death } from './death.ts'
import type { StartServant } from './elsewhere.ts'
import { iteration } from './iteration.ts'
import { joinable } from './joinable.ts'
import { large } from './large.ts'
import { orderAndBounds } from './order-and-bounds.ts'
import { placesFor } from './places.ts'
import { values } from './values.ts'
import { waiting } from './waiting.ts'

/**
 * What every transport must make true of Queue, SimpleQueue and JoinableQueue. A transport takes part by starting
 * `serve` of `servant.mjs` in a context of its kind.
 *
 *     queueConformance('child process', startServant)
 */
export function queueConformance(name: string, startServant: StartServant): void {
  describe(`queues, ${name}`, () => {
    const places = placesFor(startServant)

    describe('order and bounds', () => orderAndBounds(places))
    describe('waiting', () => waiting(places))
    describe('closing', () => closing(places))
    describe('iteration', () => iteration(places))
    describe('values', () => values(places))
    describe('large values', () => large(places))
    describe('causality', () => causality(places))
    describe('joinable', () => joinable(places))
    describe('death', () => death(places))
  })
}
