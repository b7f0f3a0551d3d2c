import { expect, test } from 'vitest'
import { difference } from './difference.ts'
import { there } from './there.ts'

// In a file of its own: what has not run before takes more stack than what the compiler knows.
test('a value that is 500 levels deep travels, also if it is the first that does', () => {
  let value: unknown = 'core'
  for (let i = 0; i < 500; i++) value = new Map([[1, value]])
  expect(difference(value, there(value))).toBeUndefined()
})
