import { beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '../src/connection.ts'
import { ClosedError } from '../src/errors.ts'
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

describe('a connection that is handed over with room in hand', () => {
  test('can go through its own pipe', async () => {
    const [a, b] = pipe()
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

test('probe', () => { expect(ClosedError).toBeDefined() })
