import { type Connection, EndOfFileError, FullError, Pipe, Queue } from '@millrace/core'
import { expect, test } from 'vitest'
import type { Places } from '../elsewhere.ts'
import { range } from '../observed.ts'
import { Held, pipeBetween, pipeTo } from './held.ts'

const ROUNDS = 50

/** Whoever learns through Millrace that something was done to a pipe sees its effect. */
export function causality(places: Places): void {
  test('a message is there without waiting for whoever was told of it through a queue', async () => {
    const [near, far] = await pipeBetween(places.one, places.two)
    const queues = [new Queue(), new Queue()] as const
    const sending = places.one.run('sendAndTell', near.key, ...queues, ROUNDS)
    expect(await places.two.run('hearAndReceive', far.key, ...queues, ROUNDS)).toBe(0)
    await sending
  })

  test('so it is from elsewhere to here: poll() is true, and recv does not wait', async () => {
    const [here, there] = await pipeTo(places.one)
    const [news, next] = [new Queue(), new Queue()]
    const sending = places.one.run('sendAndTell', there.key, news, next, ROUNDS)
    for (const i of range(ROUNDS)) {
      await news.get()
      expect([await here.poll(), await here.recv({ timeout: 0 })]).toEqual([true, i])
      await next.put(null)
    }
    await sending
  })

  test('an item is there for whoever was told of it through a pipe', async () => {
    const [here, there] = await pipeTo(places.one)
    for (const i of range(ROUNDS)) {
      const queue = new Queue<number>()
      void places.one.run('putThenSend', queue, there.key, i)
      await here.recv()
      expect(await queue.getNowait()).toBe(i)
    }
  })

  test('what one pipe told has happened in another', async () => {
    const [first, firstThere] = await pipeTo(places.one)
    const [second, secondThere] = await pipeTo(places.one)
    for (const i of range(ROUNDS)) {
      void places.one.run('sendThenTell', firstThere.key, secondThere.key, i)
      await second.recv()
      expect(await first.recv({ timeout: 0 })).toBe(i)
    }
  })

  test('there is room for whoever was told that a message was received', async () => {
    const [here, there] = await pipeTo(places.one, { maxsize: 1 })
    for (const i of range(ROUNDS)) {
      await here.send(i, { timeout: 0 })
      await expect(here.send(i, { timeout: 0 })).rejects.toThrow(FullError)
      expect(await there.use('recv')).toBe(i)
    }
  })

  test('the end of file is there for whoever was told that the other end was closed', async () => {
    const news = new Queue<string>()
    for (const _ of range(ROUNDS)) {
      const [here, there] = await pipeTo(places.one)
      await there.use('send', 'last')
      void there.close()
      void places.one.run('call', news, 'put', 'closed')
      await news.get()
      expect(await here.recv({ timeout: 0 })).toBe('last')
      await expect(here.recv({ timeout: 0 })).rejects.toThrow(EndOfFileError)
    }
  })

  test('a pipe made a moment ago works wherever its ends get to', async () => {
    for (const _ of range(ROUNDS)) {
      const [a, b] = Pipe()
      const carrier = new Queue<Connection<unknown>>()
      void carrier.put(b as Connection<unknown>)
      void a.send('at once')
      const there = new Held(places.two, await places.two.run('holdFrom', carrier as never))
      expect(await there.use('recv', { timeout: 0 })).toBe('at once')
      await there.close()
    }
  })
}
