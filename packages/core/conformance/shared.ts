import { describe } from 'vitest'
import type { StartServant } from './elsewhere.ts'
import { placesFor } from './places.ts'
import { sharedArrays } from './shared/arrays.ts'
import { sharedLocks } from './shared/locks.ts'
import { sharedBlocks } from './shared/memory.ts'
import { memoryManagers } from './shared/memory-managers.ts'
import { shareableLists } from './shared/shareable-lists.ts'
import { sharedStructs } from './shared/structs.ts'
import { sharedValues } from './shared/values.ts'

/** Whether a context of that kind shares memory with this one, or is served by the hub. */
export type Sharing = 'shared' | 'served'

/**
 * What must be true of SharedValue, SharedArray, SharedStruct, SharedMemory and ShareableList, over every transport, wherever the memory is.
 *
 *     sharedConformance('child process', startServant, 'shared')
 */
export function sharedConformance(name: string, startServant: StartServant, sharing: Sharing): void {
  describe(`shared memory, ${name}, ${sharing}`, () => {
    const places = placesFor(startServant)

    describe('values', () => sharedValues(places, sharing))
    describe('arrays', () => sharedArrays(places))
    describe('structs', () => sharedStructs(places, sharing))
    describe('locks', () => sharedLocks(places))
    describe('named blocks', () => sharedBlocks(places))
    describe('lists in named blocks', () => shareableLists(places, sharing))
    describe('managers of named blocks', () => memoryManagers(places))
  })
}
