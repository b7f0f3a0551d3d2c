import { thorough } from '../thorough.ts'
import { simulateMarkers } from './marker-simulation.ts'
import { testSeeds } from './seeds.ts'

testSeeds('queues that end with markers', simulateMarkers, 1, thorough(6000, 250))
