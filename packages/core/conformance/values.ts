import { EncodeError, FullError, JoinableQueue, Queue, SimpleQueue } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import type { Places } from './elsewhere.ts'
import { boundedQueue } from './kinds.ts'
import { observe } from './observed.ts'

const shared = { name: 'shared' }
const cyclic: Record<string, unknown> = { list: [shared, shared] }
cyclic.self = cyclic

const samples: ReadonlyArray<readonly [name: string, value: unknown]> = [
  ['undefined', undefined],
  ['null', null],
  ['numbers', [0, -0, 1.5, -1, 2 ** 31, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, 5e-324]],
  ['bigints', [0n, -1n, 2n ** 64n, -(2n ** 200n)]],
  ['strings', ['', 'a', '消息', '\u{1f980}', 'x'.repeat(70_000)]],
  ['dates and patterns', [new Date(0), new Date(1e12), /a+/giu]],
  [
    'a map and a set',
    [
      new Map<unknown, unknown>([
        [1, { a: 1 }],
        ['k', [2]],
      ]),
      new Set(['a', 1, null]),
    ],
  ],
  ['bytes', [new Uint8Array([1, 2, 3]), new Float64Array([1.5, -0]), new Uint8Array(100_000).fill(7).buffer]],
  ['nested data', { a: [{ b: { c: [1, 'two', null, undefined, { d: true }] } }], '': 0 }],
  ['shared and cyclic objects', cyclic],
]

/** Items are snapshots; handles stay handles; what cannot travel is refused at once; bytes can be bounded. */
export function values(places: Places): void {
  test.each(samples)('%s come back from another context as they were', async (_name, value) => {
    const queue = new Queue()
    await queue.put(value)
    const [there] = await places.one.run('getMany', queue, 1)
    expect(there).toEqual(value)
    await places.one.run('putAll', queue, [value])
    expect(await queue.get()).toEqual(value)
  })

  test('an object that is changed after put() arrives as it was (G06)', async () => {
    const queue = new Queue<{ n: number }>({ maxsize: 100 })
    const item = { n: 0 }
    const puts: Array<Promise<void>> = []
    // Half of these have a slot at once, the others wait for one.
    for (; item.n < 200; item.n++) puts.push(queue.put(item))
    const taken = (await places.one.run('getMany', queue, 200)) as Array<{ n: number }>
    expect(taken.map(({ n }) => n)).toEqual(Array.from({ length: 200 }, (_, i) => i))
    await Promise.all(puts)
  })

  test('a handle keeps its identity as an item, an argument and a result, however it is wrapped', async () => {
    const carrier = new Queue()
    for (const handle of [new Queue(), new SimpleQueue(), new JoinableQueue({ maxsize: 2 })]) {
      await carrier.put({ deep: new Map([['here', [handle]]]) })
      const item = (await places.one.run('call', carrier, 'get')) as { deep: Map<string, unknown[]> }
      expect(item.deep.get('here')?.[0]).toBe(handle)
      await places.one.run('putAll', handle as Queue, ['through the handle'])
      expect(await handle.get()).toBe('through the handle')
    }
  })

  test('a queue can be put into itself', async () => {
    const queue = new Queue()
    await queue.put(queue)
    expect(await places.one.run('call', queue, 'get')).toBe(queue)
  })

  test('a queue that was made elsewhere and comes back as a result works everywhere', async () => {
    const letters = await places.one.run('deadLettersOf', new JoinableQueue())
    await places.two.run('putAll', letters, ['item'])
    expect(await letters.get()).toBe('item')
  })

  describe.each(boundedQueue)('$kind', ({ make }) => {
    test('an item that cannot travel is refused with the path to the culprit, and its slot is free again (G05)', async () => {
      const queue = make(1)
      const bad = { user: { friends: [{}, {}, { greet: () => 'hello' }] } }
      // With no slot in hand, with one in hand, and with the queue full.
      for (let i = 0; i < 3; i++) {
        const error = await queue.put(bad).catch((error: unknown) => error)
        expect(error).toBeInstanceOf(EncodeError)
        expect((error as EncodeError).path).toBe('.user.friends[2].greet')
        expect((error as EncodeError).message).toContain('.user.friends[2].greet')
        if (i < 2) await queue.putNowait('good')
        if (i === 0) await queue.get()
      }
      expect(await queue.qsize()).toBe(1)
      await queue.get()
      expect(await places.one.run('fill', queue)).toBe(1)
    })

    test.each([
      ['a symbol', Symbol('s')],
      ['a Promise', Promise.resolve()],
      ['an instance of an unregistered class', new (class Unknown {})()],
      ['a WeakMap', new WeakMap()],
    ])('%s is refused', async (_name, value) => {
      const queue = make(1)
      await expect(queue.put({ value } as never)).rejects.toThrow(/\.value/)
      expect(await queue.empty()).toBe(true)
    })

    test('an item longer than maxFrame is refused, and the next one goes through', async () => {
      const queue = make(1)
      await expect(queue.put(new Uint8Array(17 * 1024 * 1024))).rejects.toThrow(/maxFrame/)
      await queue.put('small')
      await expect(queue.put(new Uint8Array(17 * 1024 * 1024))).rejects.toThrow(/maxFrame/)
      expect(await places.one.run('call', queue, 'get')).toBe('small')
    })
  })

  test('maxbytes bounds the bytes in the queue, whoever puts', async () => {
    const queue = new Queue<Uint8Array>({ maxbytes: 10_000 })
    await places.one.run('putAll', queue, [new Uint8Array(4_000), new Uint8Array(4_000)])
    expect(await queue.full()).toBe(false)
    await expect(queue.putNowait(new Uint8Array(4_000))).rejects.toThrow(FullError)
    await queue.putNowait(new Uint8Array(1_000))
    const waiting = observe(places.one.run('call', queue, 'put', new Uint8Array(4_000)))
    await places.one.run('ping')
    expect([waiting.state, await queue.qsize()]).toEqual(['pending', 3])
    await queue.get()
    await waiting.promise
    expect(await queue.qsize()).toBe(3)
  })

  test('an item larger than maxbytes goes through when the queue is empty, and only then', async () => {
    const queue = new Queue<Uint8Array>({ maxbytes: 1_000 })
    await queue.put(new Uint8Array(50_000))
    expect(await queue.full()).toBe(true)
    const second = observe(queue.put(new Uint8Array(60_000)))
    await places.one.run('call', queue, 'qsize')
    expect(second.state).toBe('pending')
    await expect(queue.putNowait(new Uint8Array(1))).rejects.toThrow(FullError)
    expect(((await places.one.run('call', queue, 'get')) as Uint8Array).length).toBe(50_000)
    await second.promise
    expect((await queue.get()).length).toBe(60_000)
    await queue.putNowait(new Uint8Array(900))
  })

  test('with maxbytes, a put that gave up gives its bytes back', async () => {
    const queue = new Queue<Uint8Array>({ maxbytes: 1_000 })
    await queue.put(new Uint8Array(900))
    await expect(queue.put(new Uint8Array(900), { timeout: 20 })).rejects.toThrow(FullError)
    expect(await places.one.run('abortedPut', queue, new Uint8Array(900))).toBe('had enough')
    await queue.get()
    await queue.putNowait(new Uint8Array(900))
    expect(await queue.qsize()).toBe(1)
  })
}
