import { beforeEach, describe, expect, test, vi } from 'vitest'
import { Context } from '../src/context.ts'
import { FullError } from '../src/errors.ts'
import { Frame } from '../src/frame.ts'
import { HANDLE } from '../src/handle.ts'
import { Hub } from '../src/hub.ts'
import { JoinableQueue } from '../src/joinable-queue.ts'
import { memoryTransports } from '../src/memory-transport.ts'
import { Queue } from '../src/queue.ts'
import type { QueueChannel } from '../src/queue-channel.ts'
import type { Transport } from '../src/transport.ts'
import { Turn } from '../src/turn.ts'
import { concat, framesOf } from './hostile/bytes.ts'
import { inContext } from './in-context.ts'
import { ManualClock } from './manual-clock.ts'

let clock: ManualClock
let hub: Hub
let a: Context
let b: Context

beforeEach(() => start())

/** A hub, a context in its own turn, and one with a turn to itself. */
function start(maxFrame = 1 << 24): void {
  clock = new ManualClock()
  hub = new Hub(new Turn(clock), { maxFrame })
  a = connect('a', hub.turn)
  b = connect('b', new Turn(clock))
}

function connect(path: string, turn: Turn, tap: (transport: Transport) => void = () => {}): Context {
  const [near, far] = memoryTransports()
  tap(near)
  hub.attach(far)
  return new Context(path, near, turn, clock, hub.maxFrame ?? 1 << 24)
}

/** The same queue in another context. */
function open<T>(queue: Queue<T>, context: Context): Queue<T> {
  const { kind, id, options } = queue[HANDLE]
  return context.handle(kind, id, options) as Queue<T>
}

const channelOf = (queue: Queue<unknown>) => Reflect.get(queue, 'channel') as QueueChannel

async function shared<T>(options: { maxsize?: number; maxbytes?: number } = {}): Promise<[Queue<T>, Queue<T>]> {
  const queue = inContext(a, () => new Queue<T>(options))
  await clock.settle()
  return [queue, open(queue, b)]
}

async function done<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  await clock.settle()
  return promise
}

describe('two contexts', () => {
  test('hand what was moved on to each other, whole, if it was lent to the one who did not take it', async () => {
    const [queue, there] = await shared<Uint8Array>()
    const seen = channelOf(queue).inbox.poll({})
    void there.put(Uint8Array.of(1, 2), { transfer: true })
    expect(await done(seen)).toBe(true)
    expect(channelOf(queue).items.tokens).toBe(1)
    expect(await done(there.get())).toEqual(Uint8Array.of(1, 2))
    expect(channelOf(queue).items.tokens).toBe(0)
  })

  test('never both get what was moved, even if one ends before it could say that it took it', async () => {
    const [queue, there] = await shared<Uint8Array>()
    for (const byte of [1, 2, 3]) void queue.put(Uint8Array.of(byte), { transfer: true })
    await clock.settle()
    const taken = there.get()
    for (let i = 0; i < 10 && channelOf(there).inbox.taken === 0; i++) clock.endTurns()
    b.link.close()
    expect(await done(taken)).toEqual(Uint8Array.of(1))
    expect([await done(queue.get()), await done(queue.get())]).toEqual([Uint8Array.of(2), Uint8Array.of(3)])
    expect(await done(queue.empty())).toBe(true)
  })

  test("see each other's items in order, whichever of them puts", async () => {
    const [here, there] = await shared<number>({ maxsize: 3 })
    const got: number[] = []
    for (let i = 0; i < 50; i++) {
      void here.put(i)
      void there.get().then((item) => got.push(item))
    }
    await clock.settle()
    expect(got).toEqual(Array.from({ length: 50 }, (_, i) => i))
  })

  test('get what the other has hoarded as soon as they wait for it, nowait too', async () => {
    const [here, there] = await shared<number>()
    for (let i = 0; i < 8; i++) await done(here.put(i))
    expect(await done(there.get())).toBe(0)
    expect(await done(there.get())).toBe(1)
    expect(await done(there.get())).toBe(2)
    // Those that the other has in hand come when there are no others left.
    const got: number[] = []
    for (let i = 3; i < 8; i++) got.push(await done(here.getNowait()))
    expect(got.sort()).toEqual([3, 4, 5, 6, 7])
  })

  test('have what one had taken ahead of need, once it dies, in order', async () => {
    const [here, there] = await shared<number>()
    for (let i = 0; i < 8; i++) await done(here.put(i))
    for (let i = 0; i < 3; i++) await done(there.get())
    b.link.close()
    for (let i = 3; i < 8; i++) expect(await done(here.getNowait())).toBe(i)
  })

  test("do not starve each other: an ask that was answered otherwise stands in nobody's way", async () => {
    const [here, there] = await shared<number>({ maxsize: 4 })
    for (let round = 0; round < 60; round++) {
      void here.put(round)
      const gets = [there, here, there, here].map((queue, i) => queue.get({ timeout: i === round % 4 ? 0 : 1 }))
      const outcomes = Promise.allSettled(gets)
      await clock.advance(2)
      expect((await outcomes).filter(({ status }) => status === 'fulfilled').length).toBe(1)
    }
  })
})

describe('a queue that one context has closed', () => {
  test('still gets the Blobs that it had put, once they were read, in spite of being let go', async () => {
    const [here, there] = await shared<Blob>({ maxsize: 1 })
    const puts = Promise.all(['one', 'another'].map((text) => there.put(new Blob([text]))))
    void there.close()
    const joined = there.joinThread().then(() => 'joined')
    there.release()
    const got = Promise.all([here.get(), here.get()])
    await vi.waitFor(async () => {
      await clock.settle()
      expect(await Promise.race([joined, 'waiting'])).toBe('joined')
    })
    expect(await Promise.all((await done(got)).map((blob) => blob.text()))).toEqual(['one', 'another'])
    await puts
  })

  test('still gets what waited for room there, and joinThread tells when', async () => {
    const [here, there] = await shared<number>({ maxsize: 1 })
    const puts = [1, 2, 3].map((n) => here.put(n))
    await clock.settle()
    await here.close()
    let joined = false
    void here.joinThread().then(() => {
      joined = true
    })
    for (const n of [1, 2, 3]) {
      expect(joined).toBe(n === 3)
      expect(await done(there.get())).toBe(n)
    }
    await Promise.all(puts)
    expect(await done(there.putNowait(4))).toBeUndefined()
    expect(await done(there.get())).toBe(4)
  })
})

describe('room that is recalled while it is being used', () => {
  test('is not given back twice: a full batch leaves before its turn ends', async () => {
    const [here, there] = await shared<Uint8Array>({ maxsize: 8 })
    for (let i = 0; i < 8; i++) {
      await done(here.put(new Uint8Array(1)))
      await done(here.get())
    }
    for (let i = 0; i < 8; i++) void there.put(new Uint8Array(2))
    expect(channelOf(here).slots.tokens).toBeGreaterThan(1)
    // The recall is written and has not left when the next put fills a batch, and with that takes it along.
    b.turn.flush()
    for (let i = 0; i < 4; i++) void here.put(new Uint8Array(70_000))
    await clock.settle()
    expect(a.link.closed).toBe(false)
    for (let i = 0; i < 12; i++) await done(here.get())
    expect(await done(here.qsize())).toBe(0)
    const fits = await done(Promise.allSettled(Array.from({ length: 9 }, () => here.putNowait(new Uint8Array(1)))))
    expect(fits.filter(({ status }) => status === 'fulfilled').length).toBe(8)
  })
})

describe('a nowait put that fits', () => {
  test('is not refused because a larger one before it was', async () => {
    const [here, there] = await shared<Uint8Array>({ maxbytes: 100 })
    void there.put(new Uint8Array(60))
    b.turn.flush()
    hub.turn.flush()
    // The room is lent and not yet used, so nobody knows whether these two will fit.
    const puts = Promise.allSettled([here.putNowait(new Uint8Array(60)), here.putNowait(new Uint8Array(10))])
    hub.turn.flush()
    await clock.settle()
    expect((await puts).map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
  })
})

describe('a handle that nobody holds any more', () => {
  test('is let go only after the last put that waits on it has found its place', async () => {
    const [here, there] = await shared<string>({ maxsize: 1 })
    await done(there.put('first'))
    const put = here.put('last words')
    await clock.settle()
    const channel = channelOf(here)
    channel.whenIdle(() => channel.release(here[HANDLE].id))
    expect(await done(there.get())).toBe('first')
    await done(put)
    expect(await done(there.get({ timeout: 5 }))).toBe('last words')
  })

  test('is let go only after the last get that waits on it has reported', async () => {
    const [here, there] = await shared<string>()
    const get = here.get()
    await clock.settle()
    const channel = channelOf(here)
    channel.whenIdle(() => channel.release(here[HANDLE].id))
    await done(there.put('taken'))
    expect(await get).toBe('taken')
    expect(await done(there.qsize())).toBe(0)
  })

  test('lives on in an item, until whoever takes it holds it', async () => {
    const [here, there] = await shared<Queue<string>>()
    const inside = inContext(a, () => new Queue<string>())
    await done(inside.put('treasure'))
    await done(here.put(inside))
    channelOf(inside).release(inside[HANDLE].id)
    await clock.settle()
    const found = await done(there.get())
    expect(await done(found.getNowait())).toBe('treasure')
  })
})

describe('what a context takes', () => {
  test('is reported ahead of what it puts after, and all in one report', async () => {
    const sent: Uint8Array[] = []
    const c = connect('c', new Turn(clock), (transport) => {
      const { send } = transport
      transport.send = (batch) => {
        sent.push(...batch.map((chunk) => new Uint8Array(chunk)))
        return send.call(transport, batch)
      }
    })
    const [items] = await shared<number>()
    const [results] = await shared<number>()
    const source = open(items, c)
    const sink = open(results, c)
    for (let i = 0; i < 40; i++) void items.put(i)
    for (let i = 0; i < 20; i++) {
      void sink.put(i)
      void source.get()
      await clock.settle()
    }
    sent.length = 0
    for (let i = 0; i < 4; i++) {
      void source.get()
      void sink.put(i)
    }
    await clock.settle()
    const frames = framesOf(concat(...sent)).map((bytes) => bytes[2])
    expect(frames.indexOf(Frame.SPENT)).toBeLessThan(frames.indexOf(Frame.PUT))
    expect(frames.filter((type) => type === Frame.SPENT).length).toBeLessThanOrEqual(2)
    expect(await done(items.qsize())).toBe(16)
  })
})

describe('a JoinableQueue whose consumer dies', () => {
  test('gives what it worked on to others first, and then what it had not begun', async () => {
    const queue = inContext(a, () => new JoinableQueue<number>())
    await clock.settle()
    const there = open(queue, b)
    for (let i = 0; i < 6; i++) await done(queue.put(i))
    for (let i = 0; i < 3; i++) await done(there.get())
    const waiting = queue.get()
    const [next] = [queue.get()]
    b.link.close()
    expect([await done(waiting), await done(next)]).toEqual([0, 1])
    for (let i = 2; i < 6; i++) expect(await done(queue.getNowait())).toBe(i)
  })

  test('gives an item up after deliveryLimit deaths, counts it as done, and keeps it in deadLetters', async () => {
    const queue = inContext(a, () => new JoinableQueue<string>({ deliveryLimit: 2 }))
    await done(queue.put('poison'))
    const joined = queue.join()
    for (let i = 1; i <= 2; i++) {
      const victim = connect(`victim ${i}`, new Turn(clock))
      const there = open(queue, victim) as JoinableQueue<string>
      expect(await done(there.receive())).toMatchObject({ item: 'poison', deliveries: i })
      victim.link.close()
    }
    await done(joined)
    expect(await done(queue.deadLetters.getNowait())).toBe('poison')
    await expect(done(queue.getNowait())).rejects.toThrow('empty')
  })
})

describe('a context within a context', () => {
  test('speaks through its parent, whatever the length of a batch and the limit of a frame', async () => {
    start(64 * 1024)
    const [near, far] = memoryTransports()
    // As a pipe does, which hands over as much as its buffer holds.
    const { send } = near
    const waiting: Uint8Array[] = []
    near.send = (batch) => {
      waiting.push(...batch)
      return true
    }
    const deliver = (): void => {
      const bytes = concat(...waiting.splice(0))
      for (let at = 0; at < bytes.length; at += 64 * 1024) send.call(near, [bytes.subarray(at, at + 64 * 1024)])
    }
    b.carry(far, () => {})
    const child = new Context('b.1', near, new Turn(clock), clock, 64 * 1024)
    const [here] = await shared<string>()
    const below = open(here, child)
    const items = Array.from({ length: 6_000 }, (_, i) => `${i} ${'.'.repeat(30)}`)
    for (let i = 0; i < 4; i++) {
      if (i === 1) for (const item of items) below.put(item).catch(() => {})
      await clock.settle()
      deliver()
    }
    await clock.settle()
    expect(b.link.closed).toBe(false)
    for (const item of items) expect(await done(here.get())).toBe(item)
  })

  test('is gone with its parent, and gives back what it held', async () => {
    const [near, far] = memoryTransports()
    b.carry(far, () => {})
    const child = new Context('b.1', near, new Turn(clock), clock, 1 << 24)
    const [here] = await shared<number>({ maxsize: 2 })
    const below = open(here, child)
    await done(here.put(1))
    await done(below.get())
    await done(here.put(2))
    await done(here.put(3))
    const pending = below.put(4)
    await clock.settle()
    b.link.close()
    expect(child.link.closed).toBe(true)
    await expect(done(pending)).rejects.toThrow('link')
    expect(await done(here.getNowait())).toBe(2)
    expect(await done(here.getNowait())).toBe(3)
    for (let i = 0; i < 2; i++) await done(here.putNowait(i))
    await expect(done(here.putNowait(3))).rejects.toBeInstanceOf(FullError)
  })
})
