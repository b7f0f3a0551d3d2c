import { beforeEach, describe, expect, test } from 'vitest'
import { EmptyError, EncodeError, FullError } from '../src/errors.ts'
import type { Queue } from '../src/queue.ts'
import type { QueueOptions } from '../src/queue-channel.ts'
import { OneContext } from './one-context.ts'

let program: OneContext

beforeEach(() => {
  program = new OneContext(100_000)
})

describe('a queue', () => {
  test('gives items in the order in which they were put, as they were then', async () => {
    const queue = program.queue<{ n: number }>()
    const item = { n: 0 }
    for (; item.n < 300; item.n++) void queue.put(item)
    for (let n = 0; n < 300; n++) expect(await program.now(queue.get())).toEqual({ n })
  })

  test('holds maxsize items and no more, and lets those in that wait in their order', async () => {
    const queue = program.queue<number>({ maxsize: 2 })
    const puts = [1, 2, 3, 4].map((n) => queue.put(n))
    expect(await Promise.all(puts.map((each) => program.now(each)))).toEqual([
      undefined,
      undefined,
      'pending',
      'pending',
    ])
    expect(await program.now(queue.qsize())).toBe(2)
    expect(await program.now(queue.full())).toBe(true)
    expect(await program.now(queue.get())).toBe(1)
    expect(await Promise.all(puts.map((each) => program.now(each)))).toEqual([
      undefined,
      undefined,
      undefined,
      'pending',
    ])
    for (const n of [2, 3, 4]) expect(await program.now(queue.get())).toBe(n)
    expect(await program.now(queue.empty())).toBe(true)
  })

  test('has no bound without one, or with one of 0 or less', async () => {
    for (const options of [{}, { maxsize: 0 }, { maxsize: -3 }, { maxsize: Number.POSITIVE_INFINITY }]) {
      const queue = program.queue<number>(options)
      const puts = Array.from({ length: 2_000 }, (_, n) => queue.put(n))
      await program.clock.settle()
      expect((await Promise.all(puts)).length).toBe(2_000)
      expect(await program.now(queue.full())).toBe(false)
    }
  })

  test('refuses bounds that are no numbers', () => {
    for (const maxsize of [Number.NaN, '3', null, {}])
      expect(() => program.queue({ maxsize } as QueueOptions)).toThrow(TypeError)
    expect([2.9, 0.5].map((maxsize) => program.queue({ maxsize }).maxsize)).toEqual([2, 1])
  })

  test('gives a refused item back, and refuses nothing that fits', async () => {
    const queue = program.queue<string>({ maxsize: 1 })
    expect(await program.now(queue.getNowait())).toBeInstanceOf(EmptyError)
    expect(await program.now(queue.putNowait('a'))).toBeUndefined()
    const refused = await program.now(queue.putNowait('b'))
    expect(refused).toBeInstanceOf(FullError)
    expect((refused as FullError).item).toBe('b')
    expect(await program.now(queue.getNowait())).toBe('a')
    expect(await program.now(queue.putNowait('c'))).toBeUndefined()
  })

  test('gives up at the end of a timeout, not before it, and lets nothing go with it', async () => {
    const queue = program.queue<string>({ maxsize: 1 })
    const get = queue.get({ timeout: 50 })
    await program.clock.advance(49)
    expect(await program.now(get)).toBe('pending')
    await program.clock.advance(1)
    expect(await program.now(get)).toBeInstanceOf(EmptyError)
    expect(await program.now(queue.put('kept'))).toBeUndefined()
    const put = queue.put('late', { timeout: 50 }).catch((error) => error as Error)
    await program.clock.advance(60)
    expect(await put).toBeInstanceOf(FullError)
    expect(await program.now(queue.get({ timeout: 1 }))).toBe('kept')
    expect(await program.now(queue.qsize())).toBe(0)
    expect(program.clock.timers).toBe(0)
  })

  test('lets go of a waiter whose signal is aborted, with the reason, and serves the next', async () => {
    const queue = program.queue<number>()
    const controller = new AbortController()
    const first = queue.get({ signal: controller.signal })
    const second = queue.get()
    await program.clock.settle()
    controller.abort('enough')
    await expect(first).rejects.toBe('enough')
    void queue.put(1)
    expect(await program.now(second)).toBe(1)
    expect(await program.now(queue.put(2))).toBeUndefined()
    await expect(queue.get({ signal: controller.signal })).rejects.toBe('enough')
    await expect(queue.put(3, { signal: controller.signal })).rejects.toBe('enough')
    expect(await program.now(queue.qsize())).toBe(1)
  })

  test('refuses what is longer than a frame together with the handles in it, and only that', async () => {
    const queue = program.queue()
    const handles = Array.from({ length: 40 }, () => program.queue())
    const outcomes = new Set<unknown>()
    for (let length = 97_000; length < 100_000; length += 50) {
      const put = await program.now(queue.put([...handles, 'x'.repeat(length)]))
      if (put === undefined) expect(await program.now(queue.get())).toHaveLength(41)
      outcomes.add(put instanceof EncodeError ? 'refused' : put)
    }
    expect([...outcomes]).toEqual([undefined, 'refused'])
  })

  test('serves its waiters in the order in which they came, waiting or not', async () => {
    const queue = program.queue<number>()
    const gets = [queue.get(), queue.get({ timeout: 0 }), queue.get({ timeout: 20 }), queue.get()]
    for (const n of [1, 2, 3]) void queue.put(n)
    const [first, nowait, ...rest] = await program.allNow(gets)
    expect(first).toBe(1)
    // Nothing was there yet when it came, or its turn came; in both cases the others follow in their order.
    expect(nowait instanceof EmptyError ? rest : [nowait, ...rest.slice(0, 1)]).toEqual([2, 3])
  })

  test('rejects what cannot travel where it is put, and keeps its room', async () => {
    const queue = program.queue({ maxsize: 1 })
    for (let i = 0; i < 3; i++) expect(await program.now(queue.put({ deep: [() => 1] }))).toBeInstanceOf(EncodeError)
    expect(await program.now(queue.put(1))).toBeUndefined()
    expect(((await program.now(queue.put({ deep: [() => 1] }))) as EncodeError).path).toBe('.deep[0]')
    expect(await program.now(queue.get())).toBe(1)
    expect(await program.now(queue.putNowait(2))).toBeUndefined()
  })

  test('rejects an item longer than a frame may be, and names the limit and the way out', async () => {
    const queue = program.queue({ maxsize: 2 })
    const error = await program.now(queue.put(new Uint8Array(100_000)))
    expect(error).toBeInstanceOf(EncodeError)
    expect((error as Error).message).toMatch(/99936.*configure/s)
    expect(await program.now(queue.put(new Uint8Array(99_900)))).toBeUndefined()
    expect(await program.now(queue.put('fits'))).toBeUndefined()
  })

  test('bounds bytes as well, and lets a larger item through when it is empty', async () => {
    const queue = program.queue<Uint8Array>({ maxbytes: 100 })
    expect(await program.now(queue.putNowait(new Uint8Array(60)))).toBeUndefined()
    expect(await program.now(queue.putNowait(new Uint8Array(60)))).toBeInstanceOf(FullError)
    expect(await program.now(queue.putNowait(new Uint8Array(20)))).toBeUndefined()
    const large = queue.put(new Uint8Array(5_000))
    const small = queue.put(new Uint8Array(1))
    void queue.get()
    expect(await program.now(large)).toBe('pending')
    void queue.get()
    expect(await program.now(large)).toBeUndefined()
    expect(await program.now(small)).toBe('pending')
    expect(await program.now(queue.full())).toBe(true)
    expect((await program.now(queue.get())) as Uint8Array).toHaveLength(5_000)
    expect(await program.now(small)).toBeUndefined()
  })

  test('takes an item of several megabytes, and small ones around it', async () => {
    const large = new OneContext()
    const queue = large.queue<Uint8Array | string>()
    for (const item of ['before', new Uint8Array(5 << 20).fill(3), 'after']) void queue.put(item)
    expect(await large.now(queue.get())).toBe('before')
    const item = (await large.now(queue.get())) as Uint8Array
    expect(item.length).toBe(5 << 20)
    expect(item.every((byte) => byte === 3)).toBe(true)
    expect(await large.now(queue.get())).toBe('after')
  })

  test('keeps apart what a getter of an item puts while the item is put', async () => {
    const [queue, log] = [program.queue<unknown>(), program.queue<string>()]
    for (let i = 0; i < 5; i++) for (const each of [queue, log]) expect(await roundTrip(each as Queue)).toBe(1)
    const item = {
      get looked(): boolean {
        void log.put('somebody looked')
        return true
      },
      more: 'after it',
    }
    expect(await program.now(queue.put(item))).toBeUndefined()
    expect(await program.now(queue.get())).toEqual({ looked: true, more: 'after it' })
    expect(await program.now(log.get())).toBe('somebody looked')
  })

  test('does not keep the context busy after it has denied what does not wait', async () => {
    const states: boolean[] = []
    program.root.context.whileBusy((busy) => states.push(busy))
    const queue = program.queue<number>({ maxsize: 1 })
    expect(await program.now(queue.getNowait())).toBeInstanceOf(EmptyError)
    await program.now(queue.put(1))
    expect(await program.now(queue.putNowait(2))).toBeInstanceOf(FullError)
    expect(states.at(-1)).toBe(false)
  })

  test('keeps the context busy while something is pending, and no longer', async () => {
    const states: boolean[] = []
    program.root.context.whileBusy((busy) => states.push(busy))
    const queue = program.queue<number>()
    const get = queue.get()
    void queue.put(1)
    expect(await program.now(get)).toBe(1)
    expect(states.at(-1)).toBe(false)
    expect(states).toContain(true)
    void queue.get()
    await program.clock.settle()
    expect(states.at(-1)).toBe(true)
    queue.cancelJoinThread()
    expect(states.at(-1)).toBe(false)
  })
})

async function roundTrip(queue: Queue): Promise<unknown> {
  await program.now(queue.put(1))
  return program.now(queue.get())
}
