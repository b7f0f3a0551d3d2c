import { type Connection, EmptyError, FullError, Pipe } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import type { Places } from '../elsewhere.ts'
import { expectTimeout, observe, range } from '../observed.ts'
import { Held, heard, pipeTo } from './held.ts'

const T = 100

/** A pipe holds exactly so much each way; who gives up takes and leaves nothing. */
export function backpressure(places: Places): void {
  test.each([1, 3, 10])('maxsize %i holds exactly so many messages each way, whoever sends', async (maxsize) => {
    const [here, far] = Pipe<unknown>({ maxsize })
    const [one, two] = [await Held.at(places.one, far.copy()), await Held.at(places.two, far)]
    // Room and messages are delegated all over the place by then; none of that may show.
    for (const holder of [one, two]) {
      const sending = holder.sendAll(range(200))
      for (const _ of range(200)) await here.recv()
      await sending
    }
    for (const holder of [one, two]) {
      expect(await holder.place.run('fillPipe', holder.key)).toBe(maxsize)
      await expect(holder.use('send', 'one too many', { timeout: 0 })).rejects.toThrow(FullError)
      await here.recv()
      expect(await holder.place.run('fillPipe', holder.key)).toBe(1)
      for (let i = 0; i < maxsize; i++) await here.recv({ timeout: 0 })
      await expect(here.recv({ timeout: 0 })).rejects.toThrow(EmptyError)
    }
    // The other way has room of its own.
    for (let i = 0; i < maxsize; i++) await here.send(i, { timeout: 0 })
    await expect(here.send('one too many', { timeout: 0 })).rejects.toThrow(FullError)
    expect(await one.place.run('fillPipe', one.key)).toBe(maxsize)
  })

  test('1,024 messages unless said otherwise, and as many as you like with 0', async () => {
    const [, far] = await pipeTo(places.one)
    expect(await places.one.run('fillPipe', far.key)).toBe(1_024)
    const [here, there] = await pipeTo(places.one, { maxsize: 0 })
    for (const i of range(3_000)) await here.send(i, { timeout: 0 })
    expect(await there.receiveMany(3_000)).toEqual(range(3_000))
  })

  test('a send waits while the pipe is full, and goes through when one message is received', async () => {
    const [here, there] = await pipeTo(places.one, { maxsize: 2 })
    await there.sendAll(['a', 'b'])
    const third = observe(there.use('send', 'c'))
    const fourth = observe(there.use('send', 'd'))
    await places.one.run('ping')
    expect([third.state, fourth.state]).toEqual(['pending', 'pending'])
    expect(await here.recv()).toBe('a')
    await third.promise
    await places.one.run('ping')
    expect(fourth.state).toBe('pending')
    expect(await here.recv()).toBe('b')
    await fourth.promise
    expect([await here.recv(), await here.recv()]).toEqual(['c', 'd'])
  })

  test('poll() makes no room: the message is still in the pipe', async () => {
    const [here, there] = await pipeTo(places.one, { maxsize: 1 })
    await there.use('send', 'first')
    const second = observe(there.use('send', 'second'))
    expect([await here.poll(), await here.poll({ timeout: 10_000 })]).toEqual([true, true])
    await places.one.run('ping')
    expect(second.state).toBe('pending')
    expect([await here.recv(), await here.recv()]).toEqual(['first', 'second'])
  })

  test('who waits for room is served in order of arrival, wherever it waits', async () => {
    const [here, far] = Pipe<string>({ maxsize: 1 })
    const [one, two] = [await Held.at(places.one, far.copy()), await Held.at(places.two, far.copy())]
    await far.send('first')
    const sends = [one.use('send', 'second')]
    await places.one.run('ping')
    sends.push(two.use('send', 'third'))
    await places.two.run('ping')
    sends.push(far.send('fourth'))
    for (const expected of ['first', 'second', 'third', 'fourth']) expect(await here.recv()).toBe(expected)
    await Promise.all(sends)
  })

  test('who waits for a message is served in order of arrival, wherever it waits', async () => {
    const [here, far] = Pipe<string>()
    const [one, two] = [await Held.at(places.one, far.copy()), await Held.at(places.two, far.copy())]
    const first = one.use('recv')
    await places.one.run('ping')
    const second = far.recv()
    await heard()
    const third = two.use('recv')
    await places.two.run('ping')
    for (const message of ['a', 'b', 'c']) await here.send(message)
    expect(await Promise.all([first, second, third])).toEqual(['a', 'b', 'c'])
  })

  describe('with maxbytes', () => {
    test('so many encoded bytes are under way, exactly, each way', async () => {
      const [here, there] = await pipeTo(places.one, { maxbytes: 10_000 })
      const part = new Uint8Array(3_000)
      for (const _ of range(3)) await there.use('sendBytes', part, 0, undefined, { timeout: 0 })
      await expect(there.use('sendBytes', part, 0, undefined, { timeout: 0 })).rejects.toThrow(FullError)
      // Each has its 2 bytes of kind.
      await there.use('sendBytes', part, 0, 992, { timeout: 0 })
      await expect(there.use('sendBytes', part, 0, 1, { timeout: 0 })).rejects.toThrow(FullError)
      for (const _ of range(3)) await here.sendBytes(part, 0, undefined, { timeout: 0 })
      const waiting = observe(there.use('sendBytes', part, 0, 2_900))
      await places.one.run('ping')
      expect(waiting.state).toBe('pending')
      expect((await here.recvBytes()).length).toBe(3_000)
      await waiting.promise
      expect((await here.recvBytes()).length).toBe(3_000)
    })

    test('a larger message goes through alone', async () => {
      const [here, there] = await pipeTo(places.one, { maxbytes: 1_000 })
      await here.sendBytes(new Uint8Array(50_000))
      const second = observe(here.sendBytes(new Uint8Array(60_000)))
      await there.use('poll')
      expect(second.state).toBe('pending')
      await expect(here.send(1, { timeout: 0 })).rejects.toThrow(FullError)
      expect(((await there.use('recvBytes')) as Uint8Array).length).toBe(50_000)
      await second.promise
      expect(((await there.use('recvBytes')) as Uint8Array).length).toBe(60_000)
    })

    test('a send that gave up gives its bytes back', async () => {
      const [here, there] = await pipeTo(places.one, { maxbytes: 1_000 })
      await there.use('sendBytes', new Uint8Array(900))
      await expect(there.use('send', new Uint8Array(900), { timeout: 20 })).rejects.toThrow(FullError)
      expect(await places.one.run('abortedUse', there.key, 'send', new Uint8Array(900))).toBe('had enough')
      await here.recv()
      await there.use('sendBytes', new Uint8Array(900), 0, undefined, { timeout: 0 })
      expect((await here.recvBytes()).length).toBe(900)
      await expect(here.recv({ timeout: 0 })).rejects.toThrow(EmptyError)
    })
  })

  describe('giving up', () => {
    test('send({ timeout }) rejects with FullError then, which has the value, and sends nothing (G30)', async () => {
      const [here, there] = await pipeTo(places.one, { maxsize: 1 })
      await here.send('first')
      await there.use('send', 'first')
      const refused = { refused: true }
      const [error, , bytes] = await Promise.all([
        expectTimeout(here.send(refused, { timeout: T }), FullError, T),
        expectTimeout(there.use('send', 'too', { timeout: T }), FullError, T),
        expectTimeout(here.sendBytes(Uint8Array.of(1, 2, 3), 1, 1, { timeout: T }), FullError, T),
      ])
      expect((error as FullError).item).toBe(refused)
      expect([...((bytes as FullError).item as Uint8Array)]).toEqual([2])
      expect([await here.recv(), await there.use('recv')]).toEqual(['first', 'first'])
      for (const end of [here.recv({ timeout: 0 }), there.use('recv', { timeout: 0 })])
        await expect(end).rejects.toThrow(EmptyError)
      await here.send('room', { timeout: 0 })
    })

    test('recv({ timeout }) rejects with EmptyError then, and swallows no later message', async () => {
      const [here, there] = await pipeTo(places.one)
      await Promise.all([
        expectTimeout(here.recv({ timeout: T }), EmptyError, T),
        expectTimeout(here.recvBytes(undefined, { timeout: T }), EmptyError, T),
        expectTimeout(here.recvBytesInto(new Uint8Array(4), 0, { timeout: T }), EmptyError, T),
        expectTimeout(there.use('recv', { timeout: T }), EmptyError, T),
      ])
      await there.use('sendBytes', Uint8Array.of(7))
      expect([...(await here.recvBytes())]).toEqual([7])
    })

    test('a timeout of 0 or less does not wait, and still takes what is there', async () => {
      const [here, there] = await pipeTo(places.one, { maxsize: 1 })
      for (const timeout of [0, -1]) {
        await expect(here.recv({ timeout })).rejects.toThrow(EmptyError)
        await there.use('send', 'message', { timeout })
        await expect(there.use('send', 'message', { timeout })).rejects.toThrow(FullError)
        expect(await here.recv({ timeout })).toBe('message')
      }
    })

    test('an aborted recv rejects with the reason, and swallows no later message', async () => {
      const [here, there] = await pipeTo(places.one)
      expect(await places.one.run('abortedUse', there.key, 'recv')).toBe('had enough')
      expect(await places.one.run('abortedUse', there.key, 'recvBytes', undefined)).toBe('had enough')
      await here.send('next')
      expect(await there.use('recv', { timeout: 0 })).toBe('next')
    })

    test('an aborted send rejects with the reason, and sends nothing', async () => {
      const [here, there] = await pipeTo(places.one, { maxsize: 1 })
      await there.use('send', 'first')
      expect(await places.one.run('abortedUse', there.key, 'send', 'aborted')).toBe('had enough')
      expect(await here.recv()).toBe('first')
      await there.use('send', 'last')
      expect(await here.recv()).toBe('last')
      await expect(here.recv({ timeout: 0 })).rejects.toThrow(EmptyError)
    })

    test('a signal that was aborted before refuses what would not have to wait', async () => {
      const [here, there] = await pipeTo(places.one)
      const signal = AbortSignal.abort(new Error('never begun'))
      await expect(here.send('refused', { signal })).rejects.toThrow('never begun')
      await there.use('send', 'message')
      await expect(here.recv({ signal })).rejects.toThrow('never begun')
      await expect(here.poll({ signal })).rejects.toThrow('never begun')
      expect(await here.recv({ timeout: 0 })).toBe('message')
      await expect(there.use('recv', { timeout: 0 })).rejects.toThrow(EmptyError)
    })

    test('of many who wait and some who give up, exactly the others receive, in order', async () => {
      const [here, there] = await pipeTo(places.one)
      const controller = new AbortController()
      const receives = range(400).map((i) =>
        i % 2 === 0 ? here.recv() : here.recv({ signal: controller.signal }).catch(() => 'aborted'),
      )
      await heard()
      controller.abort()
      await there.sendAll(range(201))
      expect(await Promise.all(receives)).toEqual(range(400).map((i) => (i % 2 === 0 ? i / 2 : 'aborted')))
      expect(await here.recv({ timeout: 0 })).toBe(200)
    })
  })

  test('two who send each other more than the pipe holds, and receive, do not stand in each other’s way (G30)', async () => {
    const [here, far] = Pipe<Uint8Array>({ maxsize: 2 })
    const echoing = places.one.run('echo', far as Connection<unknown>)
    const sending = (async () => {
      for (const i of range(8)) await here.send(new Uint8Array(1_000_000).fill(i))
    })()
    for (const i of range(8)) expect((await here.recv())[999_999]).toBe(i)
    await sending
    await here.close()
    await echoing
  })
}
