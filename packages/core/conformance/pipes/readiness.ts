import { ClosedError, type Connection, EmptyError, Pipe, Queue, ValueError, wait } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import type { Places } from '../elsewhere.ts'
import { range, timed } from '../observed.ts'
import { Held, heard, pipeTo } from './held.ts'

const T = 100

/** Looking takes nothing, and says neither too much nor too little. */
export function readiness(places: Places): void {
  describe('poll()', () => {
    test('is false at once on an empty pipe, and with a timeout false after it (C1)', async () => {
      const [here, there] = await pipeTo(places.one)
      for (const options of [undefined, { timeout: 0 }, { timeout: -1 }]) expect(await here.poll(options)).toBe(false)
      const [[result, ms], elsewhere] = await Promise.all([timed(here.poll({ timeout: T })), there.use('poll')])
      expect([result, elsewhere]).toEqual([{ status: 'fulfilled', value: false }, false])
      expect(ms).toBeGreaterThanOrEqual(T - 20)
      expect(ms).toBeLessThan(T + 5_000)
    })

    test('is true as soon as a message is there, however often it is asked, and takes none (C1, C10)', async () => {
      const [here, there] = await pipeTo(places.one)
      const waiting = [here.poll({ timeout: 60_000 }), here.poll({ timeout: Number.POSITIVE_INFINITY })]
      await heard()
      await there.use('sendBytes', new Uint8Array(0))
      expect(await Promise.all(waiting)).toEqual([true, true])
      expect([await here.poll(), await here.poll(), await here.poll({ timeout: 0 })]).toEqual([true, true, true])
      expect((await here.recvBytes()).length).toBe(0)
      expect(await here.poll()).toBe(false)
    })

    test('is true for each message until the last one was received (C10)', async () => {
      const [here, there] = await pipeTo(places.one)
      await there.sendAll(['a', 'b', 'cd'])
      for (const message of ['a', 'b', 'cd']) {
        expect([await here.poll({ timeout: 1_000 }), await here.poll(), await here.poll({ timeout: 0 })]).toEqual([
          true,
          true,
          true,
        ])
        expect(await here.recv()).toBe(message)
      }
      expect(await here.poll()).toBe(false)
    })

    test('in a loop with a short timeout finds every message (C10)', async () => {
      const [here, there] = await pipeTo(places.one)
      const words = ['hello', '', 'a', 'b', '', 'bye', '', 'lop']
      const sending = (async () => {
        for (const word of words) {
          await there.use('send', word)
          await places.one.run('ping')
        }
      })()
      const received: unknown[] = []
      while (received.length < words.length) if (await here.poll({ timeout: 1 })) received.push(await here.recv())
      expect(received).toEqual(words)
      await sending
    })

    test('does not keep the message from those who receive, here and elsewhere', async () => {
      const [far, here] = Pipe<number>()
      const there = await Held.at(places.one, here.copy())
      for (const i of range(20)) {
        const [polled, received] = [here.poll({ timeout: 60_000 }), here.recv()]
        await far.send(i)
        expect([await polled, await received]).toEqual([true, i])
        await far.send(i)
        expect(await here.poll()).toBe(true)
        expect(await there.use('recv', { timeout: 0 })).toBe(i)
        expect(await here.poll()).toBe(false)
      }
    })

    test('rejects with the reason of its signal, and the next message goes to whoever wants it', async () => {
      const [here, there] = await pipeTo(places.one)
      expect(await places.one.run('abortedUse', there.key, 'poll')).toBe('not aborted')
      const controller = new AbortController()
      const polled = here.poll({ timeout: 60_000, signal: controller.signal })
      await heard()
      controller.abort(new Error('had enough'))
      await expect(polled).rejects.toThrow('had enough')
      await there.use('send', 'next')
      expect(await here.recv({ timeout: 0 })).toBe('next')
    })
  })

  describe('wait()', () => {
    test('resolves with nothing after the timeout, and at once with one of 0 or less (C17)', async () => {
      const [[a, farA], [b, farB]] = [Pipe(), Pipe()]
      const [result, ms] = await timed(wait([a, b], { timeout: T }))
      expect(result).toEqual({ status: 'fulfilled', value: [] })
      expect(ms).toBeGreaterThanOrEqual(T - 20)
      expect(ms).toBeLessThan(T + 5_000)
      for (const timeout of [0, -1]) expect(await wait([a, b], { timeout })).toEqual([])
      await Promise.all([farA.close(), farB.close()])
    })

    test('resolves with the one that became ready, and not with the others (C17)', async () => {
      const [a, farA] = await pipeTo(places.one)
      const [b, farB] = await pipeTo(places.two)
      const waiting = wait([a, b])
      await heard()
      await farA.use('send', 'for a')
      expect(await waiting).toEqual([a])
      expect(await a.recv()).toBe('for a')
      await farB.use('send', 'for b')
      expect(await wait([a, b], { timeout: 60_000 })).toEqual([b])
    })

    test('resolves with all that are ready, in the order in which they were given, each once', async () => {
      const pipes = range(6).map(() => Pipe<number>())
      for (const i of [5, 1, 3]) await pipes[i]![1].send(i)
      const near = pipes.map(([end]) => end)
      const ready = await wait([...near, near[3]!, near[1]!])
      expect(ready).toEqual([near[1], near[3], near[5]])
      expect(await Promise.all(ready.map((end) => end.recv()))).toEqual([1, 3, 5])
    })

    test('waits for connections and queues alike, and takes nothing of either', async () => {
      const [here, there] = await pipeTo(places.one)
      const queue = new Queue<string>()
      const objects: Array<Connection<unknown> | Queue<string>> = [here, queue]
      const waiting = wait(objects)
      await heard()
      await places.two.run('call', queue, 'put', 'item')
      expect(await waiting).toEqual([queue])
      await there.use('send', 'message')
      expect(await wait(objects)).toEqual(objects)
      expect(await wait(objects, { timeout: 0 })).toEqual(objects)
      expect([await queue.getNowait(), await here.recv({ timeout: 0 })]).toEqual(['item', 'message'])
      expect(await wait(objects, { timeout: 0 })).toEqual([])
    })

    test('counts the end of file as ready (C20)', async () => {
      const [a, farA] = await pipeTo(places.one)
      const [b] = await pipeTo(places.two)
      const waiting = wait([b, a])
      await heard()
      await farA.close()
      expect(await waiting).toEqual([a])
      expect(await wait([b, a], { timeout: 0 })).toEqual([a])
      await expect(a.recv()).rejects.toThrow('end of file')
    })

    test('leaves nothing behind: what comes after it gave up goes to whoever wants it', async () => {
      const [far, here] = Pipe<number>()
      const there = await Held.at(places.one, here.copy())
      for (const i of range(10)) {
        expect(await wait([here], { timeout: 2 })).toEqual([])
        await far.send(i)
        expect(await there.use('recv', { timeout: 0 })).toBe(i)
      }
      await expect(here.recv({ timeout: 0 })).rejects.toThrow(EmptyError)
    })

    test('works elsewhere, for many connections', async () => {
      const pairs: Array<readonly [Connection, Held]> = []
      for (const _ of range(30)) pairs.push(await pipeTo(places.one))
      const keys = pairs.map(([, { key }]) => key)
      for (const i of [17, 4, 29]) {
        const waiting = places.one.run('waitFor', keys, { timeout: 60_000 })
        await places.one.run('ping')
        await pairs[i]![0].send(i)
        expect(await waiting).toEqual([keys[i]])
        expect(await pairs[i]![1].use('recv')).toBe(i)
      }
      expect(await places.one.run('waitFor', keys, { timeout: 0 })).toEqual([])
    })

    test('rejects with the reason of its signal, also if that was aborted before', async () => {
      const [here, there] = await pipeTo(places.one)
      const controller = new AbortController()
      const waiting = wait([here], { signal: controller.signal })
      await heard()
      controller.abort(new Error('had enough'))
      await expect(waiting).rejects.toThrow('had enough')
      await there.use('send', 'message')
      await expect(wait([here], { signal: controller.signal })).rejects.toThrow('had enough')
      expect(await here.recv({ timeout: 0 })).toBe('message')
    })

    test('for nothing resolves with nothing after the timeout, and refuses to do so for ever', async () => {
      const [result, ms] = await timed(wait([], { timeout: T }))
      expect(result).toEqual({ status: 'fulfilled', value: [] })
      expect(ms).toBeGreaterThanOrEqual(T - 20)
      expect(await wait([], { timeout: 0 })).toEqual([])
      await expect(wait([])).rejects.toThrow(ValueError)
      await expect(wait([], { timeout: Number.POSITIVE_INFINITY })).rejects.toThrow(ValueError)
      const controller = new AbortController()
      const waiting = wait([], { timeout: 60_000, signal: controller.signal })
      controller.abort(new Error('had enough'))
      await expect(waiting).rejects.toThrow('had enough')
    })

    test('refuses what cannot be waited for, and what is closed', async () => {
      const [a] = Pipe()
      for (const wrong of [3, {}, null, undefined, 'a'])
        await expect(wait([a, wrong as never], { timeout: 0 })).rejects.toThrow(ValueError)
      const [b] = Pipe()
      const waiting = wait([a, b])
      const refused = expect(waiting).rejects.toThrow(ClosedError)
      await heard()
      await a.close()
      await refused
      await expect(wait([b, a])).rejects.toThrow(ClosedError)
    })

    test('several at once for the same connection are all told, and so is who receives after them', async () => {
      const [here, there] = await pipeTo(places.one)
      const waits = range(5).map(() => wait([here], { timeout: 60_000 }))
      // They look first, and then get in line.
      await heard()
      await heard()
      const received = here.recv()
      const late = here.poll({ timeout: T })
      await there.use('send', 'only')
      expect(await Promise.all(waits)).toEqual(range(5).map(() => [here]))
      expect([await received, await late]).toEqual(['only', false])
    })
  })
}
