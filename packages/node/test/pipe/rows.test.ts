import { once } from 'node:events'
import {
  Connection,
  currentProcess,
  EncodeError,
  type EndOfFileError,
  Pipe,
  Process,
  Queue,
  taskModule,
  wait,
} from '@millrace/node'
import { describe, expect, test } from 'vitest'
import { observe, range } from '../../../core/conformance/observed.ts'
import { isQuick } from '../../../core/test/thorough.ts'
import { kinds } from '../kinds.ts'

const tasks = taskModule<typeof import('./fixtures/pipe-tasks.mjs')>(
  new URL('./fixtures/pipe-tasks.mjs', import.meta.url),
)
const { UpperCaser } = await import('./fixtures/pipe-tasks.mjs')

// Rows of Python's suite that have no meaning here. C7, file descriptors in messages: Node hands over none but through
// its own IPC channel. C9 and C14 (2): there is no Listener. C14 (1): a Connection is made of no number, and what is no
// connection is refused (`ends` in the conformance suite). C15: an end is handed over by those who hold it, so nobody
// has to prove who he is. C19 (1): no socket of the program's is involved.

describe.concurrent.each(kinds)('a pipe to a $kind', ({ kind }) => {
  test('tells the child’s parent and its name (P1)', async () => {
    const [reader, writer] = Pipe<unknown>({ duplex: false })
    const child = new Process(tasks.tellParent, { args: [writer], kind }).start()
    expect(await reader.recv()).toEqual([process.pid, currentProcess().name])
    await child.join()
    await expect(reader.recv()).rejects.toThrow('end of file')
  })

  test.skipIf(isQuick)(
    'goes through a tree of processes as one writer: what they send comes in the order in which they ran (P9)',
    async () => {
      const [reader, writer] = Pipe<number[]>({ duplex: false })
      const root = new Process(tasks.growTree, { args: [writer, []], kind }).start()
      await root.join()
      const places: number[][] = []
      while (places.length < 7 && (await reader.poll())) places.push(await reader.recv())
      expect(places).toEqual([[], [0], [0, 0], [0, 1], [1], [1, 0], [1, 1]])
      await expect(reader.recv({ timeout: 0 })).rejects.toThrow('end of file')
    },
  )

  test('a child ends when what it left has sent, and not before (P14)', async () => {
    const [reader, writer] = Pipe<string>({ duplex: false })
    const child = new Process(tasks.sendLater, { args: [writer], kind }).start()
    await child.join()
    expect([child.exitCode, await reader.recv({ timeout: 0 })]).toEqual([0, 'later'])
  })

  test('arguments of a process that dies before it takes them are nobody’s: the other end ends', async () => {
    for (const _ of range(3)) {
      const [here, far] = Pipe()
      const end = observe(here.recv())
      const child = new Process(tasks.receiveOne, { args: [far], kind }).start()
      await child.kill()
      await child.join()
      await expect(end.promise).rejects.toThrow('end of file')
    }
  })

  test('arguments of a process that cannot be started as well', async () => {
    const [here, far] = Pipe()
    const missing = taskModule<{ nothing: (connection: Connection) => void }>(
      new URL('./not-there.mjs', import.meta.url),
    )
    const child = new Process(missing.nothing, { args: [far], kind, stdio: 'pipe' }).start()
    await expect(child.result).rejects.toThrow('not-there.mjs')
    await expect(here.recv()).rejects.toThrow('end of file')
  })

  test('an end can be an argument of one process only: the other start() says where it is', async () => {
    const [here, far] = Pipe<unknown>()
    const first = new Process(tasks.receiveOne, { args: [far], kind }).start()
    const second = new Process(tasks.receiveOne, { args: [far], kind })
    expect(() => second.start()).toThrow(EncodeError)
    expect(() => second.start()).toThrow('.args[0]')
    await here.send('for the first')
    expect(await first.result).toBe('for the first')
    await first.join()
  })

  test('an end that the process made is its result, and works while the process serves the other one', async () => {
    const child = new Process(tasks.servePipe, { kind }).start()
    const connection = await child.result
    expect(connection).toBeInstanceOf(Connection)
    for (const i of range(10)) {
      await connection.send(i)
      expect(await connection.recv()).toBe(i)
    }
    await connection.close()
    await child.join()
    expect(child.exitCode).toBe(0)
  })

  test('goes on to a child of the child, which echoes until the end of file', async () => {
    const [here, far] = Pipe<unknown>()
    const child = new Process(tasks.passOn, { args: [far], kind }).start()
    const message = { n: 1, list: [null, 2.25], bytes: new Uint8Array(200_000).fill(3) }
    await here.send(message)
    expect(await here.recv()).toEqual(message)
    await here.close()
    expect(await child.result).toBe('end of file')
    await child.join()
  })

  test('wait() tells which of processes, connections and queues is ready', async () => {
    const [here, far] = Pipe<unknown>()
    const [other, otherFar] = Pipe()
    const queue = new Queue<number>()
    const child = new Process(tasks.receiveOne, { args: [far], kind }).start()
    const idle = new Process(tasks.receiveOne, { args: [otherFar], kind, stdio: 'pipe' }).start()
    const all = [child, idle, other, queue]
    expect(await wait(all, { timeout: 20 })).toEqual([])
    await here.send('result')
    expect(await wait(all)).toEqual([child])
    expect([child.exitCode, await child.result]).toEqual([0, 'result'])
    await queue.put(1)
    expect(await wait(all)).toEqual([child, queue])
    expect(await wait([child, here])).toContain(child)
    await other.close()
    await expect(idle.result).rejects.toMatchObject({ _tag: 'EndOfFileError' } satisfies Partial<EndOfFileError>)
    await idle.join()
  })
})

describe('a process that owns a pipe', () => {
  test('is a subclass of Process whose field goes along (P17)', async () => {
    const caser = new UpperCaser().start()
    expect(await caser.submit('hello')).toBe('HELLO')
    expect(await caser.submit('world')).toBe('WORLD')
    expect(caser.child.closed).toBe(true)
    await caser.stop()
    await caser.join()
    expect(caser.exitCode).toBe(0)
  })
})

test('a start() that throws leaves the arguments here', async () => {
  const [here, far] = Pipe<string>()
  const browsers = taskModule<{ receive: (connection: Connection<string>) => void }>(() => {
    throw new Error('Node does not call this')
  })
  expect(() => new Process(browsers.receive, { args: [far] }).start()).toThrow(TypeError)
  await here.send('still here')
  expect(await far.recv()).toBe('still here')
})

describe('signals', () => {
  test('to a child that receives or sends disturb neither (C19)', async () => {
    const SIZE = 2_000_000
    const [here, far] = Pipe<number>({ maxsize: 1 })
    const child = new Process(tasks.echoAmidSignals, { args: [far, SIZE] }).start()
    const pid = await here.recv()
    process.kill(pid, 'SIGUSR1')
    await here.send(1234)
    process.kill(pid, 'SIGUSR1')
    expect(await here.recv()).toBe(1234)
    for (const i of range(8)) {
      process.kill(pid, 'SIGUSR1')
      const bytes = await here.recvBytes()
      expect(bytes.length).toBe(SIZE)
      expect(bytes.every((byte) => byte === i)).toBe(true)
    }
    await here.send(0)
    // Several that come at once can be heard as one.
    expect(await child.result).toBeGreaterThan(0)
    await child.join()
    expect(child.exitCode).toBe(0)
  })

  test('to the parent do not end its join(): the handler runs, and join() waits on (C19)', async () => {
    const [here, far] = Pipe()
    const child = new Process(tasks.receiveOne, { args: [far] }).start()
    const joined = observe(child.join())
    const handled = once(process, 'SIGUSR1')
    process.kill(process.pid, 'SIGUSR1')
    await handled
    expect([await child.isAlive(), joined.state]).toEqual([true, 'pending'])
    await here.send('end')
    await joined.promise
    expect(child.exitCode).toBe(0)
  })
})
