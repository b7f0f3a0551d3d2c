import { testSeeds } from './seeds.ts'

// Two files, so that two workers share them.
testSeeds(5001, 10000)
