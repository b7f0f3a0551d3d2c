import { thorough } from '../thorough.ts'
import { testSeeds } from './seeds.ts'

// Two files, so that two workers share them; all of it where there is time for it.
testSeeds(1, thorough(5000, 1500))
