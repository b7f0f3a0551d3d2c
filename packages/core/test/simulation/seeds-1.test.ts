import { thorough } from '../thorough.ts'
import { testSeeds } from './seeds.ts'
import { simulate } from './simulate.ts'

// Two files, so that two workers share them; all of it where there is time for it.
testSeeds('hub, links and leases', simulate, 1, thorough(5000, 250))
