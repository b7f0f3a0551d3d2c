import { ClosedError, Queue, type SimpleQueue, ValueError } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import type { Places } from './elsewhere.ts'
import { anyQueue, boundedQueue } from './kinds.ts'
import { observe } from './observed.ts'

/** `close` ends a context's own use of a queue, and nobody else's. */
export function closing(places: Places): void {
  describe.each(anyQueue)('$kind', ({ make }) => {
    test('after close() put and get reject with ClosedError, and closing again does no harm (Q9)', async () => {
      const queue = make()
      await queue.put('item')
      await queue.close()
      await queue.close()
      await expect(queue.put('more')).rejects.toThrow(ClosedError)
      await expect(queue.get()).rejects.toThrow(ClosedError)
      await expect(queue.get()).rejects.toThrow(ValueError)
    })

    test('closed here, it goes on elsewhere, with what was put here before', async () => {
      const queue = make()
      await queue.put('from here')
      await queue.close()
      expect(await places.one.run('call', queue, 'get')).toBe('from here')
      await places.one.run('call', queue, 'put', 'from there')
      expect(await places.two.run('call', queue, 'get')).toBe('from there')
    })

    test('close() rejects the gets that are pending here, and no others', async () => {
      const queue = make()
      const there = places.one.run('call', queue, 'get')
      await places.one.run('ping')
      const here = queue.get()
      const refused = expect(here).rejects.toThrow(ClosedError)
      await queue.close()
      await refused
      await places.two.run('call', queue, 'put', 'item')
      expect(await there).toBe('item')
    })

    test('leaving `await using` closes', async () => {
      let left: Queue | SimpleQueue
      {
        await using queue = make()
        left = queue
      }
      await expect(left.put('more')).rejects.toThrow(ClosedError)
    })

    test('after close() the questions are still answered (Q10)', async () => {
      const queue = make()
      await queue.put('item')
      await queue.close()
      expect(await queue.empty()).toBe(false)
      if (queue instanceof Queue) expect(await queue.qsize()).toBe(1)
    })
  })

  describe.each(boundedQueue)('$kind', ({ make }) => {
    test('joinThread() before close() rejects with ValueError (Q10)', async () => {
      await expect(make(1).joinThread()).rejects.toThrow(ValueError)
    })

    test('puts that wait for room when the queue is closed still get there, and joinThread() waits for them', async () => {
      const queue = make(1)
      const puts = ['a', 'b', 'c'].map((item) => queue.put(item))
      await queue.close()
      const joined = observe(queue.joinThread())
      expect(await places.one.run('getMany', queue, 1)).toEqual(['a'])
      expect(joined.state).toBe('pending')
      expect(await places.one.run('getMany', queue, 2)).toEqual(['b', 'c'])
      await joined.promise
      await Promise.all(puts)
    })

    test('joinThread() resolves at once when nothing waits', async () => {
      const queue = make(1)
      await queue.put('item')
      await queue.close()
      await queue.joinThread()
    })
  })

  test('items that were delegated here when the queue is closed go to the others', async () => {
    const queue = new Queue<number>()
    const putting = places.one.run(
      'putAll',
      queue,
      Array.from({ length: 3_000 }, (_, i) => i),
    )
    for (let i = 0; i < 1_000; i++) expect(await queue.get()).toBe(i)
    await queue.close()
    await putting
    const taken = (await places.two.run('getMany', queue, 2_000)) as number[]
    expect(taken.sort((a, b) => a - b)).toEqual(Array.from({ length: 2_000 }, (_, i) => i + 1_000))
  })

  test('slots that were delegated here when the queue is closed can be used by the others', async () => {
    const queue = new Queue<number>({ maxsize: 50 })
    const taking = places.one.run('getMany', queue, 500)
    for (let i = 0; i < 500; i++) await queue.put(i)
    await taking
    await queue.close()
    expect(await places.two.run('fill', queue)).toBe(50)
  })
}
