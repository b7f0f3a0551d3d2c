import { testCoverage } from './seeds.ts'
import { play } from './simulate.ts'

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

testCoverage(200, play, HAS_TO_HAPPEN)
