import { thorough } from '../thorough.ts'
import { playPipes, simulatePipes } from './pipe-simulation.ts'
import { testCoverage, testSeeds } from './seeds.ts'

const HAS_TO_HAPPEN = [
  'an end in a message',
  'end of file',
  'bytes that were moved',
  'send',
  'recv',
  'poll',
  'wait',
  'death',
  'exit',
  'broken connection',
  'the other side is behind',
  'FullError',
  'EmptyError',
  'ClosedError',
  'BrokenPipeError',
  'EndOfFileError',
  'DisconnectedError',
]

testSeeds('pipes', simulatePipes, 1, thorough(2_000, 250))
testCoverage(200, playPipes, HAS_TO_HAPPEN)
