import { thorough } from '../thorough.ts'
import { testSeeds } from './seeds.ts'
import { simulate } from './simulate.ts'

// Two files, so that two workers share them.
testSeeds('hub, links and leases', simulate, 5001, thorough(10_000, 6500))
