import { beforeEach, describe, expect, test } from 'vitest'
import { Barrier } from '../../src/barrier.ts'
import { encodeAlone } from '../../src/codec.ts'
import { Condition } from '../../src/condition.ts'
import { Frame } from '../../src/frame.ts'
import { FrameWriter } from '../../src/frame-writer.ts'
import { HANDLE } from '../../src/handle.ts'
import { memoryTransports } from '../../src/memory-transport.ts'
import { SharedEvent } from '../../src/shared-event.ts'
import { OneContext } from '../one-context.ts'

let program: OneContext

beforeEach(() => {
  program = new OneContext()
})

/** Sends the hub frames, and tells whether that has closed the link. */
function stranger() {
  const [near, far] = memoryTransports()
  program.root.hub!.attach(far)
  let closed = false
  near.listen({
    onBytes: () => {},
    onDrain: () => {},
    onClose: () => {
      closed = true
    },
  })
  const says = (write: (writer: FrameWriter) => FrameWriter) => near.send(write(new FrameWriter()).take())
  return {
    isClosed: () => closed,
    opens: (id: string, kind: string, options: unknown) =>
      says((writer) =>
        writer
          .begin(Frame.OPEN)
          .u32(0)
          .bytes(encodeAlone([id, kind, options]).bytes),
      ),
    calls: (...message: unknown[]) =>
      says((writer) => writer.begin(Frame.CALL).u32(0).u32(1).bytes(encodeAlone(message).bytes)),
    cancels: (ticket: number) => says((writer) => writer.begin(Frame.CANCEL).u32(0).u32(0).u32(ticket)),
    says: (type: number) => says((writer) => writer.begin(type).u32(0).u32(1).u32(1).u32(1).u32(1).u32(1)),
  }
}

const kinds = [
  { kind: 'event', make: () => new SharedEvent(), options: {} },
  { kind: 'condition', make: () => new Condition(), options: { lock: { id: 'none' } } },
  { kind: 'barrier', make: () => new Barrier(2), options: { parties: 2 } },
] as const

describe.each(kinds)('a stranger at a $kind', ({ kind, make, options }) => {
  test.each(['ASK', 'PUT', 'SPENT', 'RETURN', 'ACK'] as const)(
    'that sends %s is closed, and nobody else',
    async (type) => {
      const handle = program.make<SharedEvent | Condition | Barrier>(make)
      await program.clock.settle()
      const peer = stranger()
      peer.opens(handle[HANDLE].id, kind, null)
      expect(peer.isClosed()).toBe(false)
      peer.says(Frame[type])
      expect(peer.isClosed()).toBe(true)
      expect(program.root.context.link.closed).toBe(false)
    },
  )

  test('that asks for what it cannot do, or waits twice in one name, is closed', () => {
    for (const messages of [
      [['fly']],
      [
        ['wait', 1, false],
        ['wait', 1, false],
      ],
    ]) {
      const peer = stranger()
      peer.opens(`stranger:${messages.length}`, kind, options)
      for (const message of messages) peer.calls(...message)
      expect(peer.isClosed()).toBe(true)
    }
  })

  test('that cancels, confirms or finishes what never was does no harm', async () => {
    const peer = stranger()
    peer.opens('stranger:1', kind, options)
    peer.cancels(7)
    if (kind === 'condition') peer.calls('woken', 7)
    if (kind === 'barrier') for (const operation of ['acted', 'failed']) peer.calls(operation, 7, 'x')
    expect(peer.isClosed()).toBe(false)
  })
})

test.each([
  ['barrier', { parties: 0 }],
  ['barrier', { parties: 1.5 }],
  ['barrier', { parties: 'all' }],
  ['condition', {}],
  ['condition', { lock: 7 }],
])('a %s that is made of %j closes the link of whoever makes it', (kind, options) => {
  const peer = stranger()
  peer.opens('stranger:1', kind, options)
  expect(peer.isClosed()).toBe(true)
  expect(program.root.hub!.find('stranger:1')).toBeUndefined()
})

test('a condition whose lock does not exist lets go of none that is made later', async () => {
  const peer = stranger()
  peer.opens('stranger:1', 'condition', { lock: { id: '0:1' } })
  const event = program.make(() => new SharedEvent())
  expect(event[HANDLE].id).toBe('0:1')
  await program.clock.settle()
  peer.says(Frame.RELEASE)
  expect(await program.now(event.isSet())).toBe(false)
})
