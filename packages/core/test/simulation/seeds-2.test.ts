import { testSeeds } from './seeds.ts'

// Two files, so that two workers share them.
testSeeds(5001, process.env.CI === undefined ? 6500 : 10_000)
