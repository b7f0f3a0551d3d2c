import { thorough } from '../thorough.ts'
import { testCoverage, testSeeds } from './seeds.ts'
import { playSignals, simulateSignals } from './signal-simulation.ts'

const HAS_TO_HAPPEN = [
  'an event',
  'no event in time',
  'a wake-up',
  'a wake-up is passed on',
  'consume',
  'a round',
  'an action',
  'a broken barrier',
  'a change that was observed',
  'an abort',
  'death',
  'exit',
  'broken connection',
  'BrokenBarrierError',
  'ClosedError',
]

testSeeds('events, conditions and barriers', simulateSignals, 1, thorough(2_000, 250))
testCoverage(200, playSignals, HAS_TO_HAPPEN)
