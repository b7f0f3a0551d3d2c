import type { Kind, Tasks } from '@millrace/core'
import { describe } from 'vitest'
import { calls } from './pool/calls.ts'
import { endings } from './pool/endings.ts'
import { failures } from './pool/failures.ts'
import { groundFor } from './pool/ground.ts'
import { iterators } from './pool/iterators.ts'
import { maps } from './pool/maps.ts'
import { order } from './pool/order.ts'
import { patience } from './pool/patience.ts'
import { results } from './pool/results.ts'
import { streams } from './pool/streams.ts'
import { values } from './pool/values.ts'
import { workers } from './pool/workers.ts'

/**
 * What must be true of a Pool, whatever its workers are. A platform takes part by naming the module of tasks.
 *
 *     poolConformance('child process', 'process', tasks)
 */
export function poolConformance(name: string, kind: Kind, tasks: Tasks<typeof import('./pool-tasks.mjs')>): void {
  describe(`pools, ${name}`, () => {
    const ground = groundFor(kind, tasks)

    describe('calls', () => calls(ground))
    describe('results', () => results(ground))
    describe('maps', () => maps(ground))
    describe('iterators', () => iterators(ground))
    describe('streams', () => streams(ground))
    describe('failures', () => failures(ground))
    describe('patience', () => patience(ground))
    describe('order', () => order(ground))
    describe('values', () => values(ground))
    describe('workers', () => workers(ground))
    describe('endings', () => endings(ground))
  })
}
