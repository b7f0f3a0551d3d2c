import { test } from 'vitest'
import { subjects } from '../src/pipe/subjects.ts'
import { oneRound } from './bench.ts'

test('every subject of the pipe that is installed carries messages and says how many per second', async () => {
  await oneRound('pipe', 'round-trip', Object.keys(subjects))
})
