import { describe } from 'vitest'
import type { StartServant } from './elsewhere.ts'
import { backpressure } from './pipes/backpressure.ts'
import { causality } from './pipes/causality.ts'
import { death } from './pipes/death.ts'
import { endOfFile } from './pipes/end-of-file.ts'
import { ends } from './pipes/ends.ts'
import { handingOver } from './pipes/handing-over.ts'
import { messages } from './pipes/messages.ts'
import { readiness } from './pipes/readiness.ts'
import { reception } from './pipes/reception.ts'
import { placesFor } from './places.ts'

/**
 * What every transport must make true of Pipe, Connection and wait. A transport takes part by starting `serve` of
 * `servant.mjs` in a context of its kind.
 *
 *     pipeConformance('child process', startServant)
 */
export function pipeConformance(name: string, startServant: StartServant): void {
  describe(`pipes, ${name}`, () => {
    const places = placesFor(startServant)

    describe('messages', () => messages(places))
    describe('ends', () => ends(places))
    describe('end of file', () => endOfFile(places))
    describe('handing over', () => handingOver(places))
    describe('backpressure', () => backpressure(places))
    describe('poll and wait', () => readiness(places))
    describe('iteration', () => reception(places))
    describe('causality', () => causality(places))
    describe('death', () => death(places))
  })
}
