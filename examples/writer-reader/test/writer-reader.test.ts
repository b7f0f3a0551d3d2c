import { expect, test } from 'vitest'
import { linesOf } from '../../run-example.ts'

test('the reader reads what the writer wrote, in order, and ends once nothing more comes', async () => {
  const lines = await linesOf('writer-reader')
  const messages = [0, 1, 2, 3, 4].map((n) => `消息${n}`)
  expect(lines[0]).toBe('start')
  expect(lines.filter((line) => line.startsWith('wrote'))).toEqual(messages.map((message) => `wrote ${message}`))
  expect(lines.filter((line) => line.startsWith('read'))).toEqual(messages.map((message) => `read ${message}`))
  expect(lines.slice(-2)).toEqual(['nothing came for two seconds: the reader ends', 'end'])
  expect(lines).toHaveLength(13)
})
