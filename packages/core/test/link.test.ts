import { expect, test } from 'vitest'
import { Frame } from '../src/frame.ts'
import { Link, type LinkReceiver } from '../src/link.ts'
import type { Transport } from '../src/transport.ts'
import { Turn } from '../src/turn.ts'
import { ManualClock } from './manual-clock.ts'

function linked() {
  const clock = new ManualClock()
  const turn = new Turn(clock)
  const sent: number[] = []
  const transport: Transport = {
    remote: true,
    attaches: false,
    listen: () => {},
    send: (batch) => {
      sent.push(batch.reduce((sum, { length }) => sum + length, 0))
      return true
    },
    sendSync: () => {},
    close: () => {},
    ref: () => {},
    unref: () => {},
  }
  const waits = { for: 1 }
  const receiver: LinkReceiver = { onFrame: () => {}, onFlush: () => waits.for-- > 0, onClose: () => {} }
  const link = new Link(transport, receiver, turn)
  const write = () => link.write().begin(Frame.RELEASE).u32(1)
  return { clock, turn, link, sent, write, waits }
}

test('what is written while something else waits for company leaves as soon as somebody says so', () => {
  const { clock, turn, link, sent, write } = linked()
  link.schedule()
  clock.endTurns()
  expect(sent).toEqual([])
  write()
  turn.flush(true)
  expect(sent.length).toBe(1)
  clock.endTurns()
  expect(sent.length).toBe(1)
})

test('what is written while the turn ends for which it waited leaves with that, once', () => {
  const { clock, turn, link, sent, write } = linked()
  // Flushed ahead of it, in the same turn's end.
  const local = { local: true, flush: () => write() }
  link.schedule()
  clock.endTurns()
  turn.schedule(local)
  clock.endTurns()
  clock.endTurns()
  expect(sent.length).toBe(1)
})

test('what waits for company, and nothing else, leaves at the end of the turn in which no more comes', () => {
  const { clock, turn, link, sent, write, waits } = linked()
  waits.for = 2
  write()
  clock.endTurns()
  link.schedule()
  turn.flush(true)
  expect(sent).toEqual([])
  clock.endTurns()
  clock.endTurns()
  expect(sent.length).toBe(1)
})
