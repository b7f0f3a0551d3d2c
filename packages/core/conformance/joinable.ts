import { JoinableQueue, ValueError } from '@millrace/core'
import { expect, test } from 'vitest'
import type { Elsewhere, Places } from './elsewhere.ts'
import { observe, range } from './observed.ts'

/** A JoinableQueue knows when everything that was put is done, and gives nobody's work up because its worker died. */
export function joinable(places: Places): void {
  test('join() resolves at once when nothing is unfinished (J3)', async () => {
    const queue = new JoinableQueue()
    await queue.join()
    await places.one.run('call', queue, 'join')
  })

  test('join() waits for items that were taken and not done, and for those put meanwhile (J3)', async () => {
    const queue = new JoinableQueue<string>()
    await queue.put('first')
    const [here, there] = [observe(queue.join()), observe(places.one.run('call', queue, 'join'))]
    await queue.get()
    await places.one.run('ping')
    expect([here.state, there.state]).toEqual(['pending', 'pending'])
    await places.two.run('call', queue, 'put', 'second')
    await queue.taskDone()
    await places.one.run('ping')
    expect([here.state, there.state]).toEqual(['pending', 'pending'])
    await places.two.run('call', queue, 'get')
    await places.two.run('call', queue, 'taskDone')
    await Promise.all([here.promise, there.promise])
  })

  test('taskDone() more often than put() rejects with ValueError (J3)', async () => {
    const queue = new JoinableQueue()
    await expect(queue.taskDone()).rejects.toThrow(ValueError)
    await queue.put('item')
    await queue.get()
    await queue.taskDone()
    await expect(queue.taskDone()).rejects.toThrow(/too many times/)
    await expect(places.one.run('call', queue, 'taskDone')).rejects.toThrow(ValueError)
  })

  test('one context may take and another call taskDone(), as in Python', async () => {
    const queue = new JoinableQueue()
    await queue.put('item')
    await places.one.run('call', queue, 'get')
    const joined = queue.join()
    await places.two.run('call', queue, 'taskDone')
    await joined
  })

  test('done() of a delivery counts once, whatever the order', async () => {
    const queue = new JoinableQueue<string>()
    for (const item of ['a', 'b', 'c']) await queue.put(item)
    const [a, b, c] = [await queue.receive(), await queue.receive(), await queue.receive()]
    expect([a.item, a.deliveries, b.item, c.item]).toEqual(['a', 1, 'b', 'c'])
    const joined = observe(queue.join())
    b.done()
    b.done()
    b.done()
    c.done()
    await queue.qsize()
    expect(joined.state).toBe('pending')
    a.done()
    await joined.promise
    await expect(queue.taskDone()).rejects.toThrow(ValueError)
  })

  test('a dead consumer’s unfinished items go back to the front, in order, and say how often they were out (G29)', async () => {
    const queue = new JoinableQueue<number>()
    for (const i of range(6)) await queue.put(i)
    const consumer = await places.start()
    expect(await consumer.run('receive', queue, 4)).toEqual(range(4).map((i) => [i, 1]))
    await consumer.run('finish', queue, 1)
    const joined = observe(queue.join())
    await consumer.kill()
    expect(await queue.qsize()).toBe(5)
    const again = await places.one.run('receive', queue, 5)
    expect(again).toEqual([
      [0, 2],
      [2, 2],
      [3, 2],
      [4, 1],
      [5, 1],
    ])
    expect(joined.state).toBe('pending')
    for (const i of range(5)) await places.one.run('finish', queue, i)
    await joined.promise
  })

  test('items that a dead consumer had been delegated but had not taken were not delivered', async () => {
    const queue = new JoinableQueue<number>()
    const consumer = await places.start()
    await consumer.run('warmUp', queue, 300)
    for (let i = 0; i < 300; i++) await consumer.run('call', queue, 'taskDone')
    for (const i of range(20)) await queue.put(i)
    await consumer.kill()
    const [first, ...others] = (await places.one.run('receive', queue, 20)) as Array<[item: number, deliveries: number]>
    // The first may have been sent in answer to an ask, and the dead may have taken it for all that is known.
    expect(first?.[0]).toBe(0)
    expect(others).toEqual(
      range(20)
        .slice(1)
        .map((i) => [i, 1]),
    )
  })

  test('an item behind those of which three consumers died is given up with none of them', async () => {
    const queue = new JoinableQueue<string>()
    for (const item of ['a', 'b', 'c', 'innocent']) await queue.put(item)
    for (const victim of await Promise.all([places.start(), places.start(), places.start()])) {
      await victim.run('receive', queue, 3)
      await victim.kill()
    }
    expect(await queue.deadLetters.qsize()).toBe(3)
    const { item, deliveries } = await queue.receive()
    expect([item, deliveries]).toEqual(['innocent', 1])
  })

  test('after deliveryLimit deaths an item goes to deadLetters, counts as done, and stops nobody else', async () => {
    const queue = new JoinableQueue<string>()
    await queue.put('poison')
    await queue.put('honest')
    const joined = observe(queue.join())
    const victims = await Promise.all([places.start(), places.start(), places.start()])
    for (const [i, victim] of victims.entries()) {
      expect(await victim.run('receive', queue, 1)).toEqual([['poison', i + 1]])
      await victim.kill()
    }
    expect(await queue.deadLetters.get()).toBe('poison')
    expect(joined.state).toBe('pending')
    const { item, deliveries, done } = await queue.receive()
    expect([item, deliveries]).toEqual(['honest', 1])
    done()
    await joined.promise
  })

  test('deliveryLimit 1 gives an item up at the first death; join() that waits elsewhere settles too', async () => {
    const queue = new JoinableQueue<string>({ deliveryLimit: 1 })
    await queue.put('once')
    const victim = await places.start()
    await victim.run('receive', queue, 1)
    const joined = places.one.run('call', queue, 'join')
    await victim.kill()
    await joined
    expect(await places.two.run('call', queue.deadLetters, 'getNowait')).toBe('once')
    expect(() => new JoinableQueue({ deliveryLimit: 0 })).toThrow(TypeError)
  })

  test('items that come back from the dead count against maxsize, so that nobody puts beyond it', async () => {
    const queue = new JoinableQueue<number>({ maxsize: 2 })
    const victim = await places.start()
    await queue.put(0)
    await queue.put(1)
    await victim.run('receive', queue, 2)
    // Taken items leave room; their return makes the queue longer than it would have become by putting.
    expect(await places.one.run('fill', queue)).toBe(2)
    await victim.kill()
    expect(await queue.qsize()).toBe(4)
    expect(await queue.full()).toBe(true)
    await takeAndFinish(queue, 3)
    expect(await places.one.run('fill', queue)).toBe(1)
  })

  test('a consumer that dies while it waits for join() leaves nobody hanging', async () => {
    const queue = new JoinableQueue<string>()
    await queue.put('item')
    const victim: Elsewhere = await places.start()
    void victim.run('call', queue, 'join')
    await victim.run('ping')
    await victim.kill()
    await takeAndFinish(queue, 1)
    await queue.join()
  })
}

async function takeAndFinish(queue: JoinableQueue<unknown>, count: number): Promise<void> {
  for (let i = 0; i < count; i++) (await queue.receive()).done()
}
