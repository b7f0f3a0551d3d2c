import { beforeEach, describe, expect, test } from 'vitest'
import { encodeAlone } from '../src/codec.ts'
import type { Connection } from '../src/connection.ts'
import { EndOfFileError } from '../src/errors.ts'
import { Frame } from '../src/frame.ts'
import { FrameWriter } from '../src/frame-writer.ts'
import { memoryTransports } from '../src/memory-transport.ts'
import { OBSERVABLE } from '../src/observable.ts'
import { Pipe, type PipeOptions } from '../src/pipe.ts'
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

const linkIsUp = () => !program.root.context.link.closed

// Outbox.put lets go of what moved before it has spent its slot, and what is let go then gives the slot back, or user
// code spends it again. Either closes the link.
describe('a connection that is handed over with room in hand', () => {
  test.fails('can go through its own pipe', async () => {
    const [a, b] = pipe({ maxsize: 1 })
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

  test.fails('leaves no more room than there is to those who are told that it went', async () => {
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

// Each place where a handle occurs becomes a handle of its own, and so do the copies that nobody asked for: the other
// end does not end when one of them is closed. An object that occurs twice is one.
test.fails('a connection that occurs twice in a message is one connection there', async () => {
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

  test('forgets the other end of a pipe whose maker died before it could open that', async () => {
    const { hub } = program.root
    const [near, far] = memoryTransports()
    hub!.attach(far)
    near.listen({ onBytes: () => {}, onDrain: () => {}, onClose: () => {} })
    const options = { maxsize: 1, maxbytes: 0, duplex: true }
    near.send([
      new FrameWriter()
        .begin(Frame.OPEN)
        .u32(0)
        .bytes(encodeAlone(['elsewhere:1', 'connection', options]).bytes)
        .take()[0]!,
    ])
    expect(hub!.size).toBe(2)
    near.close()
    expect(hub!.size).toBe(0)
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
