import { expect, test } from 'vitest'
import { linesOf } from '../../run-example.ts'

test.each(['process', 'thread'])('a %s answers with the sum, and is done when the client closes', async (kind) => {
  expect(await linesOf('pipe-rpc-adder', kind)).toEqual(['30', 'server done'])
})
