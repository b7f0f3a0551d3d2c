import { expect, test } from 'vitest'
import { linesOf } from '../../run-example.ts'

test('the parent sees what the child did to the list', async () => {
  expect(await linesOf('managed-list')).toEqual(['[ 100, 2, 3 ]'])
})
