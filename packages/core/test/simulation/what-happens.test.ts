import { expect, test } from 'vitest'
import { play } from './simulate.ts'

/** What the seeds are there to bring about; a simulation in which it does not happen proves nothing. */
const HAS_TO_HAPPEN = [
  'lent ahead of need',
  'lent to somebody who waited',
  'items given back',
  'slots given back',
  'items that crossed a RETURN',
  'items that came back from the dead',
  'slots that came back from the dead',
  'work taken back',
  'dead letters',
  'a handle in an item',
  'a parcel taken on the word of a letter',
  'a parcel put on the word of a receipt',
  'the other side is behind',
  'death',
  'exit',
  'broken connection',
  'RECALL',
  'DENY',
  'RELEASE',
  'TUNNEL',
  'FullError',
  'EmptyError',
  'ClosedError',
  'DisconnectedError',
]

test('two hundred seeds bring about all that the simulation is for', async () => {
  const seen = new Set<string>()
  for (let seed = 1; seed <= 200; seed++) for (const what of (await play(seed)).keys()) seen.add(what)
  expect([...seen]).toEqual(expect.arrayContaining(HAS_TO_HAPPEN))
})
