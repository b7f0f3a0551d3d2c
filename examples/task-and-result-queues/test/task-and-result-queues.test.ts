import { expect, test } from 'vitest'
import { linesOf } from '../../run-example.ts'

test('every task has its result, in order, and the worker ends at the marker', async () => {
  expect(await linesOf('task-and-result-queues')).toEqual([
    'processed: 0',
    'processed: 1',
    'processed: 2',
    'processed: 3',
    'processed: 4',
    'worker ended with exit code 0',
    'both queues are closed',
  ])
})
