import { expect, test } from 'vitest'
import { bench } from './bench.ts'

test('several scenarios are one table, of those cases and subjects that each has', async () => {
  const options = [
    'counter',
    'pool',
    '--case',
    'lock,tiny-map',
    '--subject',
    'millrace,millrace-thread',
    '--rounds',
    '1',
    '--seconds',
    '0.05',
  ]
  const { stdout } = await bench(...options)
  expect(stdout).toMatch(
    /^case .*\ncounter lock +millrace .*\ncounter lock +millrace-thread .*\npool tiny-map +millrace-thread .*\n$/,
  )
})
