import { describe } from 'vitest'
import { direct } from '../../../core/conformance/pipes/direct.ts'
import { placesFor } from '../../../core/conformance/places.ts'
import { startedAs } from './servants.ts'

describe.skipIf(process.platform !== 'linux')('pipes without the hub', () => {
  describe('between processes', () => direct(placesFor(startedAs('process'))))
  describe('between threads', () => direct(placesFor(startedAs('thread'))))
})
