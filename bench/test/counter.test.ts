import { test } from 'vitest'
import { subjects } from '../src/counter/subjects.ts'
import { oneRound } from './bench.ts'

test('every subject of the counter that is installed counts and says how many operations it did per second', async () => {
  await oneRound('counter', 'lock-contended', Object.keys(subjects))
})
