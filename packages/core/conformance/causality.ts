import { EmptyError, Queue } from '@millrace/core'
import { expect, test } from 'vitest'
import type { Places } from './elsewhere.ts'

const ROUNDS = 50

/** Whoever learns through Millrace that something was done sees its effect. */
export function causality(places: Places): void {
  test('what one context put before it told another is there for the other without waiting', async () => {
    const queues = [new Queue<number>(), new Queue<number>(), new Queue()] as const
    const putting = places.one.run('putAndTell', ...queues, ROUNDS)
    expect(await places.two.run('hearAndTake', ...queues, ROUNDS)).toBe(0)
    await putting
  })

  test('so it is from elsewhere to here, and from here to elsewhere', async () => {
    const queues = [new Queue<number>(), new Queue<number>(), new Queue()] as const
    const [items, news, next] = queues
    const putting = places.one.run('putAndTell', ...queues, ROUNDS)
    for (let i = 0; i < ROUNDS; i++) {
      await news.get()
      expect(await items.getNowait()).toBe(i)
      await next.put(null)
    }
    await putting
    const hearing = places.one.run('hearAndTake', ...queues, ROUNDS)
    for (let i = 0; i < ROUNDS; i++) {
      await items.put(i)
      await news.put(i)
      await next.get()
    }
    expect(await hearing).toBe(0)
  })

  test('so it is when many items go ahead of the news', async () => {
    const [items, news] = [new Queue<number>({ maxsize: 10_000 }), new Queue<string>()]
    const many = Array.from({ length: 5_000 }, (_, i) => i)
    void places.one.run('putAll', items, many).then(() => places.one.run('call', news, 'put', 'done'))
    await news.get()
    expect(await items.qsize()).toBe(5_000)
    for (const i of many) expect(await items.getNowait()).toBe(i)
  })

  test('so it is of what was taken: who hears of it does not find the item any more', async () => {
    const queue = new Queue<number>()
    for (let i = 0; i < ROUNDS; i++) {
      await queue.put(i)
      expect(await places.one.run('call', queue, 'get')).toBe(i)
      expect(await queue.qsize()).toBe(0)
      await expect(places.two.run('call', queue, 'getNowait')).rejects.toThrow(EmptyError)
    }
  })
}
