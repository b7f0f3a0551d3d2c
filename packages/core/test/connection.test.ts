import { beforeEach, describe, expect, test } from 'vitest'
import { encodeAlone } from '../src/codec.ts'
import type { Connection } from '../src/connection.ts'
import { EndOfFileError } from '../src/errors.ts'
import { Frame } from '../src/frame.ts'
import { FrameWriter } from '../src/frame-writer.ts'
import { HANDLE } from '../src/handle.ts'
import { memoryTransports } from '../src/memory-transport.ts'
import { OBSERVABLE } from '../src/observable.ts'
import { Pipe, type PipeOptions } from '../src/pipe.ts'
import { FETCH, ITEMS } from '../src/primitives/queue.ts'
import type { Queue } from '../src/queue.ts'
import { OneContext } from './one-context.ts'

let program: OneContext

beforeEach(() => {
  program = new OneContext()
})

function pipe<T = unknown>(options?: PipeOptions): [Connection<T>, Connection<T>] {
  return program.make(() => Pipe<T>(options as { duplex?: true }))
}

/** Puts and gets until room is delegated ahead of need, so that the next put finds it in hand. */
async function warmUp(queue: Queue<unknown>): Promise<void> {
  for (let i = 0; i < 8; i++) {
    void queue.put(i)
    void queue.put(i)
    await program.now(queue.get())
    await program.now(queue.get())
  }
}

/** Another process, frame by frame. */
function connect() {
  const [near, far] = memoryTransports()
  program.root.hub!.attach(far)
  near.listen({ onBytes: () => {}, onDrain: () => {}, onClose: () => {} })
  return {
    says: (write: (writer: FrameWriter) => FrameWriter) => near.send(write(new FrameWriter()).take()),
    dies: () => near.close(),
  }
}

const encoded = (value: unknown) => encodeAlone(value).bytes

const linkIsUp = () => !program.root.context.link.closed

// Outbox.put lets go of what moved before it has spent its slot, and what is let go then gives the slot back, or user
// code spends it again. Either closes the link.
describe('a connection that is handed over with room in hand', () => {
  test('can go through its own pipe', async () => {
    const [a, b] = pipe({ maxsize: 1, maxbytes: 0 })
    for (let i = 0; i < 8; i++) {
      void a.send(i)
      void a.send(i)
      await program.now(b.recv())
      await program.now(b.recv())
    }
    expect(await program.now(a.send(a))).toBeUndefined()
    expect(linkIsUp()).toBe(true)
    expect(a.closed).toBe(true)
    const other = (await program.now(b.recv())) as Connection
    void other.send('from the other hand')
    expect(await program.now(b.recv())).toBe('from the other hand')
  })

  test('leaves no more room than there is to those who are told that it went', async () => {
    const [, far] = pipe<number>()
    const queue = program.queue<unknown>({ maxsize: 1 })
    await warmUp(queue)
    let second: Promise<void> | undefined
    far[OBSERVABLE]().subscribe({
      complete: () => {
        second = queue.put('as soon as it went')
      },
    })
    await program.clock.settle()
    expect(await program.now(queue.put(far))).toBeUndefined()
    expect(second).toBeDefined()
    expect(linkIsUp()).toBe(true)
    expect(await program.now(second!)).toBe('pending')
    expect(await program.now(queue.get())).toMatchObject({ closed: false })
    expect(await program.now(second!)).toBeUndefined()
  })
})

describe('a connection in an item whose buffers are to be moved', () => {
  test('goes with it, with room in hand', async () => {
    const [, far] = pipe()
    const queue = program.queue<unknown>({ maxsize: 1 })
    await warmUp(queue)
    const bytes = new Uint8Array(8)
    expect(await program.now(queue.put([far, bytes], { transfer: true }))).toBeUndefined()
    expect([linkIsUp(), bytes.length]).toEqual([true, 0])
  })

  test('goes with it, after waiting for room', async () => {
    const [, far] = pipe()
    const queue = program.queue<unknown>({ maxsize: 1 })
    void queue.put('in the way')
    const put = queue.put([far, new Uint8Array(8)], { transfer: true })
    expect(await program.now(queue.get())).toBe('in the way')
    expect(await program.now(put)).toBeUndefined()
    expect(linkIsUp()).toBe(true)
  })
})

describe('bytes that are moved', () => {
  test('are the part that was to be sent, and leave nothing behind', async () => {
    const [a, b] = pipe()
    const letters = new TextEncoder().encode('abcdefgh')
    void a.sendBytes(letters, 2, 3, { transfer: true })
    expect(new TextDecoder().decode((await program.now(b.recvBytes())) as Uint8Array)).toBe('cde')
    expect(letters.length).toBe(0)
  })

  test('are still here when there was no room for them', async () => {
    const [a] = pipe({ maxsize: 1 })
    void a.send('in the way')
    const bytes = new Uint8Array([1, 2, 3])
    const send = a.send(bytes, { transfer: true, timeout: 5 }).catch((error: unknown) => error)
    await program.clock.advance(6)
    expect(await program.now(send)).toMatchObject({ _tag: 'FullError', item: bytes })
    expect([...bytes]).toEqual([1, 2, 3])
  })

  test('come as they were, whatever receives them', async () => {
    const [a, b] = pipe()
    for (const i of [1, 2, 3, 4]) void a.send(Uint8Array.of(i, i), { transfer: true })
    expect(await program.now(b.recv())).toEqual(Uint8Array.of(1, 1))
    expect(await program.now(b.recvBytes(2))).toEqual(Uint8Array.of(2, 2))
    const target = new Uint8Array(3)
    expect(await program.now(b.recvBytesInto(target, 1))).toBe(2)
    expect([...target]).toEqual([0, 3, 3])
    expect(await program.now(b.recvBytesInto(new Uint8Array(1)))).toMatchObject({ _tag: 'BufferTooShortError' })
  })

  // Inbox.getBytes takes whatever has to be fetched for bytes; what comes is empty, and the message is gone.
  test('among other things are no bytes: recvBytes leaves them to recv', async () => {
    const [a, b] = pipe()
    void a.send({ inside: Uint8Array.of(1) }, { transfer: true })
    expect(await program.now(b.recvBytes())).toMatchObject({ _tag: 'ValueError' })
    expect(await program.now(b.recv())).toEqual({ inside: Uint8Array.of(1) })
  })

  test('can go through a connection that is closed at once', async () => {
    const [a, b] = pipe()
    void a.send(Uint8Array.of(1), { transfer: true })
    void a.send('last')
    await a.close()
    const received = b.recv()
    await program.clock.settle()
    expect(await program.now(received)).toEqual(Uint8Array.of(1))
    expect(await program.now(b.recv())).toBe('last')
    expect(await program.now(b.recv())).toBeInstanceOf(EndOfFileError)
  })

  test('arrive although the connection is closed while they are fetched', async () => {
    const [a, b] = pipe()
    const received = b.recv()
    void a.send(Uint8Array.of(1), { transfer: true })
    void received.then(() => {})
    await program.clock.settle()
    await b.close()
    expect(await program.now(received)).toEqual(Uint8Array.of(1))
  })
})

// Each place where a handle occurs becomes a handle of its own, and so do the copies that nobody asked for: the other
// end does not end when one of them is closed. An object that occurs twice is one.
test('a connection that occurs twice in a message is one connection there', async () => {
  const [here, far] = pipe()
  const queue = program.queue<Connection[]>()
  void queue.put([far, far])
  const [first, second] = (await program.now(queue.get())) as Connection[]
  expect(second).toBe(first)
  await first!.close()
  expect(await program.now(here.recv())).toBeInstanceOf(EndOfFileError)
})

describe('the hub', () => {
  test('forgets a pipe when both ends are closed, with what lies in it', async () => {
    const before = program.root.hub!.size
    for (let i = 0; i < 20; i++) {
      const [a, b] = pipe()
      const [inner, innerFar] = pipe()
      void a.send(i)
      void a.send(inner)
      await program.now(b.recv())
      for (const end of [a, b, innerFar]) await end.close()
    }
    await program.clock.settle()
    expect(program.root.hub!.size).toBe(before)
  })

  test('forgets the other end of a pipe whose maker died before it could open that', () => {
    const { hub } = program.root
    const peer = connect()
    const options = { maxsize: 1, maxbytes: 0, duplex: true }
    peer.says((writer) =>
      writer
        .begin(Frame.OPEN)
        .u32(0)
        .bytes(encoded(['elsewhere:1', 'connection', options])),
    )
    expect(hub!.size).toBe(2)
    peer.dies()
    expect(hub!.size).toBe(0)
  })

  test('tells the other receivers of the end when the last message went to one who died before he could say so', async () => {
    const [a, b] = pipe()
    await program.clock.settle()
    const peer = connect()
    peer.says((writer) =>
      writer
        .begin(Frame.OPEN)
        .u32(0)
        .bytes(encoded([b[HANDLE].id, 'connection', null])),
    )
    peer.says((writer) => writer.begin(Frame.ASK).u32(0).u32(ITEMS).u32(1).u32(0).u32(0).u32(0))
    void a.send(new Uint8Array(8), { transfer: true })
    await program.clock.settle()
    // What was moved goes with this, and is not handed out again.
    peer.says((writer) =>
      writer
        .begin(Frame.CALL)
        .u32(0)
        .u32(1)
        .bytes(encoded([FETCH])),
    )
    const end = b.recv()
    await a.close()
    expect(await program.now(end)).toBe('pending')
    peer.dies()
    expect(await program.now(end)).toBeInstanceOf(EndOfFileError)
  })

  test('lets go of ever so many pipes that lie in each other’s messages', async () => {
    let [outer, inner] = pipe()
    const here = outer
    for (let i = 0; i < 4_000; i++) {
      const [next, last] = pipe({ maxsize: 0 })
      void next.send(inner)
      await next.close()
      inner = last
      outer = next
      if (i % 100 === 0) await program.clock.settle()
    }
    const end = here.recv()
    await inner.close()
    expect(await program.now(end)).toBeInstanceOf(EndOfFileError)
    expect(linkIsUp()).toBe(true)
  })
})
