import { EmptyError, FullError, JoinableQueue, Queue, SimpleQueue } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import type { Places } from './elsewhere.ts'
import { anyQueue, boundedQueue } from './kinds.ts'
import { observe, range } from './observed.ts'

/** First in, first out; `maxsize` exact; the answers about the size true. */
export function orderAndBounds(places: Places): void {
  describe.each(anyQueue)('$kind', ({ make }) => {
    test('items of a producer elsewhere arrive here in the order in which they were put', async () => {
      const queue = make()
      const putting = places.one.run('putAll', queue as Queue, range(1_000))
      for (const i of range(1_000)) expect(await queue.get()).toBe(i)
      await putting
    })

    test('items put here without waiting arrive elsewhere in the order in which they were put', async () => {
      const queue = make()
      const taken = places.two.run('getMany', queue as Queue, 1_000)
      await Promise.all(range(1_000).map((i) => queue.put(i)))
      expect(await taken).toEqual(range(1_000))
    })

    // Among several consumers the order is that of delegation: one may work on what is ahead while another has what is
    // behind it in hand, or gives it back unspent.
    test('with two producers and two consumers nothing is lost and nothing comes twice', async () => {
      const queue = make()
      const { one, two } = places
      const takers = [one.run('getMany', queue as Queue, 600), two.run('getMany', queue as Queue, 600)]
      const first = range(600)
      const second = range(600).map((i) => i + 1_000)
      await Promise.all([one.run('putAll', queue as Queue, first), two.run('putAll', queue as Queue, second)])
      const taken = (await Promise.all(takers)) as number[][]
      expect(taken.flat().sort((a, b) => a - b)).toEqual([...first, ...second])
    })

    test("with two producers and one consumer each producer's items stay in order", async () => {
      const queue = make()
      const { one, two } = places
      const second = range(600).map((i) => i + 1_000)
      const putting = [one.run('putAll', queue as Queue, range(600)), two.run('putAll', queue as Queue, second)]
      const taken: number[] = []
      while (taken.length < 1_200) taken.push((await queue.get()) as number)
      await Promise.all(putting)
      expect(taken.filter((i) => i < 1_000)).toEqual(range(600))
      expect(taken.filter((i) => i >= 1_000)).toEqual(second)
    })

    test('empty() is true of nothing else than an empty queue, wherever it is asked', async () => {
      const queue = make()
      expect(await queue.empty()).toBe(true)
      await places.one.run('call', queue, 'put', 'item')
      expect(await queue.empty()).toBe(false)
      expect(await places.two.run('call', queue, 'empty')).toBe(false)
      await queue.get()
      expect(await places.one.run('call', queue, 'empty')).toBe(true)
    })

    test('once put() has resolved, the item can be got anywhere without waiting (G07)', async () => {
      const queue = make() as Queue
      for (let i = 0; i < 50; i++) {
        await queue.put(i)
        expect(await places.one.run('call', queue, 'get', { timeout: 0 })).toBe(i)
        await places.two.run('call', queue, 'put', -i)
        expect(await queue.get({ timeout: 0 })).toBe(-i)
      }
    })
  })

  describe.each(boundedQueue)('$kind', ({ make }) => {
    test.each([1, 3, 10])('maxsize %i holds exactly so many items, whoever puts', async (maxsize) => {
      const queue = make(maxsize)
      const { one, two } = places
      // Slots and items are delegated all over the place by then; none of that may show.
      await Promise.all([one.run('warmUp', queue, 200), two.run('warmUp', queue, 200)])
      for (const who of [one, two]) {
        expect(await who.run('fill', queue)).toBe(maxsize)
        expect([await queue.qsize(), await queue.full(), await queue.empty()]).toEqual([maxsize, true, false])
        await expect(queue.putNowait('one too many')).rejects.toThrow(FullError)
        await queue.getNowait()
        expect([await queue.qsize(), await queue.full()]).toEqual([maxsize - 1, false])
        expect(await who.run('fill', queue)).toBe(1)
        for (let i = 0; i < maxsize; i++) await queue.getNowait()
        await expect(queue.getNowait()).rejects.toThrow(EmptyError)
      }
    })

    test('a put waits while the queue is full, and goes through when one item is taken', async () => {
      const queue = make(2)
      await places.one.run('putAll', queue, ['a', 'b'])
      const here = observe(queue.put('c'))
      await queue.qsize()
      const there = observe(places.one.run('call', queue, 'put', 'd'))
      await places.one.run('ping')
      expect([here.state, there.state]).toEqual(['pending', 'pending'])
      expect(await places.two.run('call', queue, 'get')).toBe('a')
      await here.promise
      await places.one.run('ping')
      expect([await queue.qsize(), there.state]).toEqual([2, 'pending'])
      expect(await queue.get()).toBe('b')
      await there.promise
      expect([await queue.get(), await queue.get()]).toEqual(['c', 'd'])
    })
  })

  test('qsize() counts at once what was put and what was taken (Q4)', async () => {
    const queue = new Queue()
    const sizes = [await queue.qsize()]
    await queue.put('a')
    sizes.push(await queue.qsize())
    await queue.put('b')
    sizes.push(await queue.qsize())
    await queue.get()
    sizes.push(await queue.qsize())
    await queue.get()
    sizes.push(await queue.qsize())
    expect(sizes).toEqual([0, 1, 2, 1, 0])
  })

  test('an item that was delegated ahead of need to another context can be got here without waiting', async () => {
    const queue = new Queue<number>()
    await places.one.run('warmUp', queue, 500)
    for (const i of range(20)) await queue.put(i)
    const taken: number[] = []
    // Whatever of them went ahead to the other context is called back.
    for (const _ of range(20)) taken.push(await queue.getNowait())
    expect(taken.sort((a, b) => a - b)).toEqual(range(20))
    await expect(places.one.run('call', queue, 'getNowait')).rejects.toThrow(EmptyError)
  })

  test('a slot that was delegated ahead of need to another context can be put into here without waiting', async () => {
    const queue = new Queue<number>({ maxsize: 64 })
    await Promise.all([places.one.run('putAll', queue, range(600)), places.two.run('getMany', queue, 600)])
    for (const i of range(64)) await queue.putNowait(i)
    await expect(queue.putNowait(64)).rejects.toThrow(FullError)
  })

  test('a bound of 0, less, or infinity is none (Q10)', async () => {
    for (const maxsize of [undefined, 0, -5, Number.POSITIVE_INFINITY]) {
      const queue = new Queue({ maxsize })
      await places.one.run('putAllAtOnce', queue, range(2_000))
      expect([await queue.qsize(), await queue.full()]).toEqual([2_000, false])
    }
    expect(() => new Queue({ maxsize: Number.NaN })).toThrow(TypeError)
    expect(() => new JoinableQueue({ maxsize: 'three' as never })).toThrow(TypeError)
  })

  test('a SimpleQueue has no bound and none of the other operations', async () => {
    const queue = new SimpleQueue()
    await places.one.run('putAllAtOnce', queue as never, range(2_000))
    expect(await places.one.run('getMany', queue as never, 2_000)).toEqual(range(2_000))
    for (const name of ['qsize', 'full', 'putNowait', 'getNowait', 'joinThread']) expect(name in queue).toBe(false)
  })
}
