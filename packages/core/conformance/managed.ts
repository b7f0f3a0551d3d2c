import { describe } from 'vitest'
import type { StartServant } from './elsewhere.ts'
import { contention } from './managed/contention.ts'
import { lists } from './managed/lists.ts'
import { maps } from './managed/maps.ts'
import { nesting } from './managed/nesting.ts'
import { news } from './managed/news.ts'
import { placesFor } from './places.ts'

/** What every transport must make true of SharedMap, SharedList and Namespace, however their hub is reached. */
export function managedConformance(name: string, startServant: StartServant): void {
  describe(`managed objects, ${name}`, () => {
    const places = placesFor(startServant)

    describe('maps', () => maps(places))
    describe('lists', () => lists(places))
    describe('contention', () => contention(places))
    describe('nesting', () => nesting(places))
    describe('news', () => news(places))
  })
}
