import { expect, test } from 'vitest'
import { kinds, linesOf } from '../../run-example.ts'

test.each(kinds)('a %s answers with the sum, and is done when the client closes', async (kind) => {
  expect(await linesOf('pipe-rpc-adder', kind)).toEqual(['30', 'server done'])
})
