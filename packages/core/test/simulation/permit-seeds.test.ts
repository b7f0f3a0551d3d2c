import { thorough } from '../thorough.ts'
import { playPermits, simulatePermits } from './permit-simulation.ts'
import { testCoverage, testSeeds } from './seeds.ts'

const HAS_TO_HAPPEN = [
  'entered',
  'told of a death',
  'died inside',
  'died outside',
  'given back unasked',
  'RECALL answered',
  'DENY',
  'TimeoutError',
  'Error',
  'DisconnectedError',
  'death',
  'exit',
  'broken connection',
  'the other side is behind',
]

testSeeds('locks and semaphores', simulatePermits, 1, thorough(3_000, 250))
testCoverage(200, playPermits, HAS_TO_HAPPEN)
