import { EmptyError, Queue, SimpleQueue } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import type { Places } from './elsewhere.ts'
import { observe, range } from './observed.ts'

/** A dead context takes along what it had taken, and nothing else. */
export function death(places: Places): void {
  describe.each([
    { kind: 'Queue', make: () => new Queue<number>() },
    { kind: 'SimpleQueue', make: () => new SimpleQueue<number>() as Queue<number> },
  ])('$kind', ({ make }) => {
    test('a consumer that dies while it waits does not break the queue (G02)', async () => {
      const queue = make()
      const victim = await places.start()
      void victim.run('call', queue, 'get')
      await victim.run('ping')
      const behind = places.one.run('call', queue, 'get')
      await places.one.run('ping')
      await victim.kill()
      await queue.put(1)
      expect(await behind).toBe(1)
      await queue.put(2)
      expect(await queue.get({ timeout: 20_000 })).toBe(2)
    })

    test('what a dead consumer had been delegated and had not taken goes to the others, in order', async () => {
      const queue = make()
      const victim = await places.start()
      await victim.run('warmUp', queue, 500)
      await places.one.run('putAll', queue, range(100))
      expect(await victim.run('getMany', queue, 10)).toEqual(range(10))
      await victim.kill()
      expect(await places.two.run('getMany', queue, 90)).toEqual(range(100).slice(10))
    })
  })

  test('a producer that dies while it waits for room neither puts nor keeps a slot', async () => {
    const queue = new Queue<string>({ maxsize: 1 })
    await queue.put('first')
    const victim = await places.start()
    void victim.run('call', queue, 'put', 'never')
    await victim.run('ping')
    const behind = observe(places.one.run('call', queue, 'put', 'second'))
    await places.one.run('ping')
    await victim.kill()
    await places.one.run('ping')
    expect(behind.state).toBe('pending')
    expect(await queue.get()).toBe('first')
    await behind.promise
    expect(await queue.get()).toBe('second')
    await expect(queue.getNowait()).rejects.toThrow(EmptyError)
  })

  test('slots that a dead producer had been delegated are free again', async () => {
    const queue = new Queue<number>({ maxsize: 40 })
    const victim = await places.start()
    await Promise.all([victim.run('putAll', queue, range(400)), places.one.run('getMany', queue, 400)])
    await victim.kill()
    expect(await places.two.run('fill', queue)).toBe(40)
  })

  test('with maxbytes, what a dead producer had reserved is free again', async () => {
    const queue = new Queue<Uint8Array>({ maxbytes: 1_000 })
    await queue.put(new Uint8Array(900))
    const victim = await places.start()
    void victim.run('call', queue, 'put', new Uint8Array(950))
    await victim.run('ping')
    await victim.kill()
    await queue.get()
    await places.one.run('putAll', queue, [new Uint8Array(900)])
    expect(await queue.qsize()).toBe(1)
  })

  test('what a dead producer had put stays in the queue', async () => {
    const queue = new Queue<number>()
    const victim = await places.start()
    await victim.run('putAll', queue, range(500))
    await victim.kill()
    expect(await places.one.run('getMany', queue, 500)).toEqual(range(500))
  })

  test('a queue that only a dead context held is gone, and one that lies in an item is not', async () => {
    const [carrier, inner] = [new Queue<Queue>(), new Queue()]
    const victim = await places.start()
    await victim.run('call', carrier, 'put', inner)
    await victim.run('call', inner, 'put', 'kept')
    await victim.kill()
    expect(await places.one.run('takeFromWithin', carrier)).toBe('kept')
  })
}
