import { expect, test } from 'vitest'
import { linesOf } from '../../run-example.ts'

test('values of different types come back as they were, in order', async () => {
  expect(await linesOf('queue-types')).toEqual([
    'full',
    "{ name: '张三', age: 18 }",
    '[ 1, 2, 3, 4, 5 ]',
    '消息',
    'empty',
  ])
})
