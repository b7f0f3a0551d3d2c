import { connect } from 'node:net'
import { JoinableQueue, Process, Queue, taskModule } from '@millrace/node'
import { describe, expect, test } from 'vitest'
import { eventually } from './processes.ts'

const tasks = taskModule<typeof import('./fixtures/nested-tasks.mjs')>(
  new URL('./fixtures/nested-tasks.mjs', import.meta.url),
)
const mixes = [
  { outer: 'process', inner: 'process' },
  { outer: 'process', inner: 'thread' },
  { outer: 'thread', inner: 'process' },
  { outer: 'thread', inner: 'thread' },
] as const
const ways = ['kill', 'terminate'] as const

describe.each(mixes)('a $inner in a $outer', ({ outer, inner }) => {
  test('works with handles from above, as do its own children', async () => {
    const [input, output] = [new Queue<number>(), new Queue<number>({ maxsize: 2 })]
    const child = new Process(tasks.double, { kind: outer, args: [input, output, [inner, outer]] }).start()
    for (const item of [1, 2, 3, -1]) await input.put(item)
    expect([await output.get(), await output.get(), await output.get()]).toEqual([2, 4, 6])
    expect(await child.result).toBe(0)
    await child.join()
  })

  test('moves buffers, and gets those that are moved', async () => {
    const [there, back] = [new Queue<Uint8Array>({ maxsize: 2 }), new Queue<Uint8Array>({ maxsize: 2 })]
    const child = new Process(tasks.moveBack, { kind: outer, args: [there, back, 4, [inner]] }).start()
    for (let i = 0; i < 4; i++) await there.put(new Uint8Array(100_000).fill(i), { transfer: true })
    for (let i = 0; i < 4; i++) expect(Buffer.alloc(100_000, i).equals(await back.get())).toBe(true)
    expect(await child.result).toBe(0)
    await child.join()
  })

  test.each(ways)('goes when the one that started it is ended by %s(), busy or not', async (way) => {
    const ports = new Queue<number>()
    const args = (how: 'sleep' | 'spin') => [ports, inner, how] as const
    const middle = [
      new Process(tasks.stayWithChild, { kind: outer, args: args('sleep') }).start(),
      new Process(tasks.stayWithChild, { kind: outer, args: args('spin') }).start(),
    ]
    const family = [await ports.get(), await ports.get(), await ports.get(), await ports.get()]
    for (const port of family) expect(await isOpen(port)).toBe(true)
    for (const each of middle) await each[way]()
    for (const each of middle) await each.join()
    for (const each of middle) expect(each.exitCode).toBe(way === 'kill' ? -9 : -15)
    for (const port of family) await eventually('closed', async () => !(await isOpen(port)))
  })

  test.each(ways)('has nothing left when the one that started it is ended by %s()', async (way) => {
    const jobs = new JoinableQueue<number>()
    for (const item of [1, 2, 3, 4]) await jobs.put(item)
    const [bounded, ready] = [new Queue<number>({ maxsize: 20 }), new Queue<null>()]
    const middle = new Process(tasks.holdThroughChild, { kind: outer, args: [jobs, bounded, ready, inner] }).start()
    for (let i = 0; i < 500; i++) expect(await bounded.get()).toBe(i)
    await ready.get()
    await middle[way]()
    await middle.join()
    const deliveries: number[][] = []
    for (let i = 0; i < 4; i++) {
      const delivery = await jobs.receive()
      deliveries.push([delivery.item, delivery.deliveries])
      delivery.done()
    }
    expect(deliveries.slice(0, 3)).toEqual([
      [1, 2],
      [2, 2],
      [3, 2],
    ])
    await jobs.join()
    for (let i = 0; i < 20; i++) await bounded.putNowait(i)
    expect(await bounded.full()).toBe(true)
  })

  test('can be killed by the one that started it, which goes on', async () => {
    const child = new Process(tasks.killChild, { kind: outer, args: [new Queue<number>(), inner] }).start()
    expect(await child.result).toEqual(['ProcessDiedError', -9])
    await child.join()
    expect(child.exitCode).toBe(0)
  })
})

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
