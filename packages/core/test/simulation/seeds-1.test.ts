import { testSeeds } from './seeds.ts'

// Two files, so that two workers share them; all of it where there is time for it.
testSeeds(1, process.env.CI === undefined ? 1500 : 5000)
