import { expect, test } from 'vitest'
import { linesOf } from '../../run-example.ts'

test('a full queue makes put wait, refuses putNowait, and is drained in order', async () => {
  const lines = await linesOf('queue-basics')
  const waited = Number(lines[2]?.match(/after ([\d.]+) s/)?.[1])
  expect(waited).toBeGreaterThanOrEqual(1.9)
  expect(lines).toEqual([
    'full after two messages: false',
    'full after three messages: true',
    `put gave up after ${waited.toFixed(1)} s: 3 messages in the queue`,
    'putNowait gave up at once: 3 messages in the queue',
    'took 消息1',
    'took 消息2',
    'took 消息3',
    'put 消息4 once there was room: 1 message in the queue',
  ])
})
