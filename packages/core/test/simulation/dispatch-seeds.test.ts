import { thorough } from '../thorough.ts'
import { playDispatch, simulateDispatch } from './dispatch-simulation.ts'
import { testCoverage, testSeeds } from './seeds.ts'

const HAS_TO_HAPPEN = [
  'answered',
  'several ahead',
  'looked again',
  'aborted while it ran',
  'aborted before it ran',
  'died with its worker',
  'death',
  'hung',
  'withheld',
  'chunk',
]

testSeeds('hand-outs of a pool', simulateDispatch, 1, thorough(3_000, 250))
testCoverage(100, playDispatch, HAS_TO_HAPPEN)
