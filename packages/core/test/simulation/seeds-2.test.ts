import { thorough } from '../thorough.ts'
import { testSeeds } from './seeds.ts'

// Two files, so that two workers share them.
testSeeds(5001, thorough(10_000, 6500))
