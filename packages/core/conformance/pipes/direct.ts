import { Pipe, type PipeOptions, Queue } from '@millrace/core'
import { runtime } from '@millrace/core/internal'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Elsewhere, Places } from '../elsewhere.ts'
import { range } from '../observed.ts'
import { Held } from './held.ts'

const ROUNDS = 50

interface End {
  readonly shortcut?: { readonly direct: boolean }
}

/** A pipe between two other contexts, and whether they speak to each other without the hub. */
interface DirectPipe {
  readonly near: Held
  readonly far: Held
  isDirect(): boolean
}

async function pipeBetween(one: Elsewhere, two: Elsewhere, options?: PipeOptions): Promise<DirectPipe> {
  const [a, b] = Pipe(options as { duplex?: true })
  const { hub } = runtime()
  const id = (a as unknown as { [key: symbol]: { id: string } })[Symbol.for('millrace.handle')]!.id
  const [near, far] = [await Held.at(one, a), await Held.at(two, b)]
  return { near, far, isDirect: () => (hub!.find(id) as End | undefined)?.shortcut?.direct === true }
}

/** One that is direct already. */
async function directPipe(one: Elsewhere, two: Elsewhere, options?: PipeOptions): Promise<DirectPipe> {
  const pipe = await pipeBetween(one, two, options)
  for (let i = 0; i < 1_000 && !pipe.isDirect(); i++) {
    await pipe.near.use('send', i)
    expect(await pipe.far.use('recv')).toBe(i)
  }
  expect(pipe.isDirect()).toBe(true)
  return pipe
}

/** Two contexts that have the two ends of a pipe speak to each other, as far as they can, and nobody notices. */
export function direct(places: Places): void {
  let usual = 0
  beforeAll(() => {
    const { hub } = runtime()
    usual = hub!.directAfter
    hub!.directAfter = 1
  })
  afterAll(() => {
    runtime().hub!.directAfter = usual
  })

  test('both ways, messages come in order, whatever they are', async () => {
    const { near, far, isDirect } = await directPipe(places.one, places.two)
    const values = [1, 'two', { three: 3 }, [4], null, undefined, 5n, new Map([[6, 'six']]), 'x'.repeat(10_000)]
    void near.sendAll(values)
    void far.sendAll(values)
    expect(await far.receiveMany(values.length)).toEqual(values)
    expect(await near.receiveMany(values.length)).toEqual(values)
    expect(isDirect()).toBe(true)
  })

  test('what is too large, and what holds a handle, comes through the hub, and in its place', async () => {
    for (const awkward of [new Uint8Array(100_000), 'x'.repeat(200_000), new Queue<number>()]) {
      const { near, far, isDirect } = await directPipe(places.one, places.two)
      for (const i of range(100)) void near.use('send', i)
      void near.use('send', awkward)
      for (const i of range(100)) void near.use('send', i)
      void far.sendAll(range(300))
      expect(await far.receiveMany(100)).toEqual(range(100))
      const came = await far.use('recv')
      expect(came?.constructor).toBe((awkward as object).constructor)
      expect(await far.receiveMany(100)).toEqual(range(100))
      expect(await near.receiveMany(300)).toEqual(range(300))
      expect(isDirect()).toBe(false)
    }
  })

  test('no more than maxsize messages are under way', async () => {
    const { near, far } = await directPipe(places.one, places.two, { maxsize: 7 })
    expect(await places.one.run('fillPipe', near.key)).toBe(7)
    expect(await far.receiveMany(3)).toEqual([0, 1, 2])
    expect(await places.one.run('fillPipe', near.key)).toBe(3)
    expect(await far.receiveMany(7)).toEqual([3, 4, 5, 6, 0, 1, 2])
    await expect(far.use('recv', { timeout: 0 })).rejects.toThrow('stayed empty')
  })

  test('no more than maxbytes bytes are', async () => {
    const { near, far } = await directPipe(places.one, places.two, { maxbytes: 1_000 })
    await near.use('sendBytes', new Uint8Array(600))
    await expect(near.use('sendBytes', new Uint8Array(600), 0, 600, { timeout: 0 })).rejects.toThrow('stayed full')
    await near.use('sendBytes', new Uint8Array(300))
    expect(((await far.use('recvBytes')) as Uint8Array).length).toBe(600)
    await near.use('sendBytes', new Uint8Array(600), 0, 600, { timeout: 0 })
  })

  test('a message is there without waiting for whoever was told of it through a queue', async () => {
    const { near, far } = await directPipe(places.one, places.two)
    const queues = [new Queue(), new Queue()] as const
    const sending = places.one.run('sendAndTell', near.key, ...queues, ROUNDS)
    expect(await places.two.run('hearAndReceive', far.key, ...queues, ROUNDS)).toBe(0)
    await sending
  })

  test('an item of a queue is there for whoever was told of it through the pipe', async () => {
    const { near, far, isDirect } = await directPipe(places.one, places.two)
    const queue = new Queue<number>()
    const putting = places.one.run('putThenTell', near.key, queue as Queue<unknown>, ROUNDS)
    expect(await places.two.run('hearThenTake', far.key, queue as Queue<unknown>, ROUNDS)).toBe(0)
    await putting
    expect(isDirect()).toBe(true)
  })

  test('what one pipe told has happened in another', async () => {
    const first = await directPipe(places.one, places.two)
    const second = await directPipe(places.one, places.two)
    for (const i of range(ROUNDS)) {
      void places.one.run('sendThenTell', first.near.key, second.near.key, i)
      await second.far.use('recv')
      expect(await first.far.use('recv', { timeout: 0 })).toBe(i)
    }
  })

  test('closing: what was sent comes, then the end of file; and whoever was told of it finds that without waiting', async () => {
    for (const _ of range(10)) {
      const { near, far } = await directPipe(places.one, places.two)
      for (const i of range(20)) void near.use('send', i)
      await near.close()
      expect(await far.receiveMany(20)).toEqual(range(20))
      await expect(far.use('recv', { timeout: 0 })).rejects.toThrow('end of file')
      await expect(far.use('send', 'nobody there')).rejects.toThrow('nobody holds the other end')
    }
  })

  test('what waits for room when its end is closed still comes', async () => {
    const { near, far } = await directPipe(places.one, places.two, { maxsize: 2 })
    for (const i of range(20)) void near.use('send', i)
    void near.close()
    expect(await far.receiveAll()).toEqual({ messages: range(20), end: 'EndOfFileError' })
  })

  test('the receiving end goes on to another context in the middle of a stream', async () => {
    for (const count of [0, 1, 5, 50, 500]) {
      const third = await places.start()
      const { near, far } = await directPipe(places.one, places.two)
      const carrier = new Queue<unknown>()
      const sending = near.sendAll(range(2_000))
      const before = places.two.run('receiveAndPassOn', far.key, count, carrier)
      const there = new Held(third, await third.run('holdFrom', carrier))
      const after = there.receiveMany(2_000 - count)
      expect([...(await before), ...(await after)]).toEqual(range(2_000))
      await sending
      await third.kill()
    }
  })

  test('the sending end goes on to another context in the middle of a stream', async () => {
    const third = await places.start()
    for (const count of [1, 10, 400]) {
      const { near, far } = await directPipe(places.one, places.two)
      const carrier = new Queue<unknown>()
      const received = far.receiveMany(2 * count)
      void places.one.run('sendAndPassOn', near.key, 0, count, carrier)
      const there = new Held(third, await third.run('holdFrom', carrier))
      for (let i = count; i < 2 * count; i++) void there.use('send', i)
      expect(await received).toEqual(range(2 * count))
    }
  })

  test('a copy in the middle of a stream ends the shortcut and loses nothing', async () => {
    const { near, far, isDirect } = await directPipe(places.one, places.two)
    const sending = near.sendAll(range(1_000))
    const first = await far.receiveMany(100)
    const copy = new Held(places.two, await places.two.run('holdCopy', far.key))
    const [here, there] = await Promise.all([far.receiveMany(300), copy.receiveMany(300)])
    const rest = await far.receiveMany(300)
    await sending
    const all = [...first, ...here, ...there, ...rest] as number[]
    expect(all.toSorted((a, b) => a - b)).toEqual(range(1_000))
    expect(isDirect()).toBe(false)
    await copy.close()
  })

  test('it becomes direct again when there are two again', async () => {
    const { near, far, isDirect } = await directPipe(places.one, places.two)
    const copy = new Held(places.two, await places.two.run('holdCopy', far.key))
    await near.use('send', 'through the hub')
    expect(await far.use('recv')).toBe('through the hub')
    expect(isDirect()).toBe(false)
    await copy.close()
    for (let i = 0; i < 1_000 && !isDirect(); i++) {
      await near.use('send', i)
      expect(await far.use('recv')).toBe(i)
    }
    expect(isDirect()).toBe(true)
  })

  test('everything that a killed sender had sent is received; then comes the end of file', async () => {
    for (const count of [1, 30, 150, 1_000]) {
      const victim = await places.start()
      const { near, far } = await directPipe(victim, places.two)
      await near.sendAll(range(count))
      await victim.kill()
      expect(await far.receiveAll()).toEqual({ messages: range(count), end: 'EndOfFileError' })
    }
  })

  test('a sender killed in the middle leaves a beginning of what it sent, and an end of file', async () => {
    for (const count of [1, 10, 100, 1_000]) {
      const victim = await places.start()
      const { near, far } = await directPipe(victim, places.two)
      void victim.run('sendNumbers', near.key)
      const before = await far.receiveMany(count)
      await victim.kill()
      const { messages, end } = await far.receiveAll()
      const all = [...before, ...messages]
      expect([all, end]).toEqual([range(all.length), 'EndOfFileError'])
    }
  })

  test('whoever sends to one who was killed is told', async () => {
    const victim = await places.start()
    const { near, far } = await directPipe(places.one, victim)
    const sending = places.one.run('sendNumbers', near.key)
    await far.receiveMany(10)
    await victim.kill()
    expect(await sending).toBe('BrokenPipeError')
  })

  test('an end that is handed over, and whose old holder is killed at once, keeps its messages', async () => {
    for (const _ of range(5)) {
      const victim = await places.start()
      const { near, far } = await directPipe(places.one, victim)
      const carrier = new Queue<unknown>()
      await near.sendAll(range(200))
      await victim.run('receiveAndPassOn', far.key, 10, carrier)
      const there = new Held(places.two, await places.two.run('holdFrom', carrier))
      await victim.kill()
      expect(await there.receiveMany(190)).toEqual(range(200).slice(10))
    }
  })
}
