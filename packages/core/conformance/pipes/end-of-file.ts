import { BrokenPipeError, type Connection, EndOfFileError, Pipe, Queue, wait } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import type { Places } from '../elsewhere.ts'
import { observe, range } from '../observed.ts'
import { Held, heard, pipeBetween, pipeTo } from './held.ts'

/** It comes when all holders of the other end are gone and all that they sent was received: not before, not never. */
export function endOfFile(places: Places): void {
  test('once the other end is closed and everything was received, whatever receives says so, again and again (C20)', async () => {
    const [here, there] = await pipeTo(places.one)
    await there.sendAll(range(10))
    await there.close()
    for (const i of range(10)) expect([await here.poll(), await here.recv()]).toEqual([true, i])
    for (const _ of range(2)) {
      await expect(here.recv()).rejects.toThrow(EndOfFileError)
      await expect(here.recv({ timeout: 0 })).rejects.toThrow(EndOfFileError)
      await expect(here.recvBytes()).rejects.toThrow(EndOfFileError)
      await expect(here.recvBytesInto(new Uint8Array(1))).rejects.toThrow(EndOfFileError)
      expect(await here.poll()).toBe(true)
      expect(await wait([here])).toEqual([here])
    }
    expect(here.closed).toBe(false)
  })

  test('a send then rejects with BrokenPipeError (C20)', async () => {
    const [here, there] = await pipeTo(places.one)
    await there.close()
    await heard()
    await expect(here.send('too late')).rejects.toThrow(BrokenPipeError)
    await expect(here.sendBytes(new Uint8Array(1))).rejects.toThrow(BrokenPipeError)
    await expect(here.send('too late', { timeout: 0 })).rejects.toThrow(BrokenPipeError)
  })

  test('whoever waits for a message is told, here and elsewhere', async () => {
    const [near, far] = await pipeBetween(places.one, places.two)
    const waiting = observe(near.use('recv'))
    const looping = places.one.run('receiveByLoop', near.key)
    await places.one.run('ping')
    await far.close()
    await expect(waiting.promise).rejects.toThrow(EndOfFileError)
    expect(await looping).toEqual([])
  })

  test('whoever waits for room is told, and nobody gets the message', async () => {
    const [here, there] = await pipeTo(places.one, { maxsize: 1 })
    await here.send('never received')
    const waiting = observe(here.send('never sent'))
    await there.use('poll')
    expect(waiting.state).toBe('pending')
    await there.close()
    await expect(waiting.promise).rejects.toThrow(BrokenPipeError)
  })

  test('what is in the pipe is received although the other end can be sent to no more', async () => {
    const [near, far] = await pipeBetween(places.one, places.two)
    await far.sendAll(['a', 'b'])
    await far.close()
    await places.one.run('ping')
    await expect(near.use('send', 'c')).rejects.toThrow(BrokenPipeError)
    expect(await near.receiveAll()).toEqual({ messages: ['a', 'b'], end: 'EndOfFileError' })
  })

  test('every copy counts, wherever it is held: the last one to close brings the end', async () => {
    const [here, far] = Pipe()
    const holders = [
      await Held.at(places.one, far.copy()),
      await Held.at(places.two, far.copy()),
      await Held.at(places.two, far.copy()),
    ]
    await far.close()
    const end = observe(here.recv())
    for (const holder of holders) {
      await heard()
      expect(end.state).toBe('pending')
      await holder.close()
    }
    await expect(end.promise).rejects.toThrow(EndOfFileError)
  })

  test('all copies of the receiving end are told, and only when all of them together have received everything', async () => {
    const [far, here] = Pipe<number>()
    const [one, two] = [await Held.at(places.one, here.copy()), await Held.at(places.two, here.copy())]
    // By now messages go to the first of them ahead of need.
    for (const i of range(400)) {
      void far.send(i)
      await one.use('recv')
    }
    for (const i of range(30)) await far.send(i)
    await far.close()
    expect(await here.poll()).toBe(true)
    const received = [await here.recv(), ...((await two.receiveMany(9)) as number[])]
    const { messages, end } = await one.receiveAll()
    expect([...received, ...(messages as number[])].sort((a, b) => a - b)).toEqual(range(30))
    expect(end).toBe('EndOfFileError')
    await expect(here.recv()).rejects.toThrow(EndOfFileError)
    expect(await two.receiveAll()).toEqual({ messages: [], end: 'EndOfFileError' })
  })

  test('a copy that is made or arrives after the end is told as well', async () => {
    const [here, there] = await pipeTo(places.one)
    await there.close()
    await expect(here.recv()).rejects.toThrow(EndOfFileError)
    const copy = here.copy()
    await expect(copy.recv()).rejects.toThrow(EndOfFileError)
    await expect(copy.send(1)).rejects.toThrow(BrokenPipeError)
    const late = await Held.at(places.two, copy)
    expect(await late.use('poll')).toBe(true)
    await expect(late.use('recv')).rejects.toThrow(EndOfFileError)
    await expect(late.use('send', 1)).rejects.toThrow(BrokenPipeError)
  })

  describe('an end that nobody holds, but', () => {
    test('a queue item, is alive: who takes it can use it', async () => {
      const queue = new Queue<Connection<unknown>>()
      const [here, far] = Pipe()
      await queue.put(far)
      await here.send('for whoever takes it')
      const end = observe(here.recv())
      await heard()
      expect(end.state).toBe('pending')
      const there = new Held(places.one, await places.one.run('holdFrom', queue as never))
      expect(await there.use('recv')).toBe('for whoever takes it')
      await there.close()
      await expect(end.promise).rejects.toThrow(EndOfFileError)
    })

    test('a message that nobody receives, is alive until nobody can any more', async () => {
      const [carrier, taker] = await pipeTo(places.one)
      const [here, far] = Pipe()
      await carrier.send({ deep: [far] })
      const end = observe(here.recv())
      await taker.use('poll')
      await heard()
      expect(end.state).toBe('pending')
      await taker.close()
      await expect(end.promise).rejects.toThrow(EndOfFileError)
    })

    test('a message in a pipe whose sender is gone, is alive until nobody can receive it', async () => {
      const [carrier, taker] = Pipe<Connection<unknown>>()
      const [here, far] = Pipe()
      const [other, otherFar] = Pipe()
      await carrier.send(far)
      await carrier.send(otherFar)
      await carrier.close()
      const there = await Held.at(places.one, taker)
      const held = new Held(places.one, await places.one.run('holdFrom', there.key))
      await here.send('through')
      expect(await held.use('recv')).toBe('through')
      const [end, otherEnd] = [observe(here.recv()), observe(other.recv())]
      await heard()
      expect([end.state, otherEnd.state]).toEqual(['pending', 'pending'])
      await there.close()
      await expect(otherEnd.promise).rejects.toThrow(EndOfFileError)
      expect(end.state).toBe('pending')
      await held.close()
      await expect(end.promise).rejects.toThrow(EndOfFileError)
    })

    test('messages in pipes in messages, goes with the outermost', async () => {
      let [outer, inner] = Pipe<unknown>()
      const here = outer
      for (const _ of range(20)) {
        const [next, last] = Pipe<unknown>()
        await next.send(inner)
        await next.close()
        inner = last
        outer = next
      }
      const end = observe(here.recv())
      await heard()
      expect(end.state).toBe('pending')
      await inner.close()
      await expect(end.promise).rejects.toThrow(EndOfFileError)
    })
  })

  test('messages after the last receiver went are nobody’s, with what they hold', async () => {
    const [carrier, taker] = await pipeTo(places.one)
    const [here, far] = Pipe()
    const closing = taker.close()
    // Resolved or rejected: the news may be under way.
    await carrier.send(far).catch(() => far.close())
    await closing
    await expect(here.recv()).rejects.toThrow(EndOfFileError)
  })
}
