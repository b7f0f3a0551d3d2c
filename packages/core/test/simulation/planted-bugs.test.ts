import { describe, test } from 'vitest'
import { expectNoticed } from './hunt.ts'
import { PLANTED_BUGS } from './planted-bugs.ts'
import { simulate } from './simulate.ts'

/** So many seeds must be enough for each. */
const SEEDS = 400

describe('the simulation notices', () => {
  test.each(PLANTED_BUGS)('that $name', (bug) => expectNoticed(bug, simulate, SEEDS))
})
