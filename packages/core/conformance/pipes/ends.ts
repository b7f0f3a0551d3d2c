import { ClosedError, type Connection, Pipe, Queue, ValueError, wait } from '@millrace/core'
import { from, lastValueFrom, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import type { Places } from '../elsewhere.ts'
import { observe, range } from '../observed.ts'
import { heard, pipeTo } from './held.ts'

/** Which end does what, and what closing does to one. */
export function ends(places: Places): void {
  test('both ends of a duplex pipe send and receive (C4)', async () => {
    const [a, b] = Pipe()
    for (const end of [a, b]) expect([end.readable, end.writable, end.closed]).toEqual([true, true, false])
    await a.send('from a')
    await b.send('from b')
    expect([await a.recv(), await b.recv()]).toEqual(['from b', 'from a'])
  })

  test('without duplex the first end receives, and the second one sends (C4)', async () => {
    const [reader, writer] = Pipe<string>({ duplex: false })
    expect([reader.readable, reader.writable]).toEqual([true, false])
    expect([writer.readable, writer.writable]).toEqual([false, true])
    await writer.send('one way')
    expect(await reader.recv()).toBe('one way')
  })

  test('an end refuses what only the other one does, at once and without harm to anybody (C4)', async () => {
    const [reader, writer] = Pipe({ duplex: false }) as [Connection<unknown>, Connection<unknown>]
    const refused = [
      () => reader.send('wrong way'),
      () => reader.sendBytes(new Uint8Array(1)),
      () => writer.recv(),
      () => writer.recvBytes(),
      () => writer.recvBytesInto(new Uint8Array(1)),
      () => writer.poll(),
      () => writer[Symbol.asyncIterator]().next(),
      () => lastValueFrom(from(writer).pipe(toArray())),
      () => wait([writer], { timeout: 0 }),
    ]
    for (const operation of refused) await expect(operation()).rejects.toThrow(ValueError)
    await writer.send('right way')
    expect(await reader.recv()).toBe('right way')
  })

  test('it refuses that elsewhere too, and goes on there', async () => {
    const [reader, writer] = await pipeTo(places.one, { duplex: false })
    for (const method of ['recv', 'poll', 'recvBytes'] as const)
      await expect(writer.use(method)).rejects.toThrow(ValueError)
    await expect(places.one.run('receiveByRxjs', writer.key)).rejects.toThrow(ValueError)
    await expect(places.one.run('receiveByLoop', writer.key)).rejects.toThrow(ValueError)
    await writer.sendAll([1])
    expect(await reader.recv()).toBe(1)
  })

  test.each([
    ['the first end', 0],
    ['the second end', 1],
  ] as const)('%s of a one-way pipe can be closed and handed over without harm to anybody', async (_name, which) => {
    const pair = Pipe({ duplex: false })
    const there = await places.one.run('hold', pair[which] as Connection)
    await places.one.run('use', there, 'close')
    await pair[1 - which]!.close()
    const queue = new Queue<string>()
    await places.one.run('call', queue, 'put', 'still connected')
    expect(await queue.get()).toBe('still connected')
  })

  describe('close()', () => {
    test('closes: everything rejects with ClosedError then, and closing again does no harm (C4, C20)', async () => {
      const [a] = Pipe()
      await a.close()
      await a.close()
      expect(a.closed).toBe(true)
      const refused = [
        () => a.send(1),
        () => a.recv(),
        () => a.poll(),
        () => a.sendBytes(new Uint8Array(1)),
        () => a.recvBytes(),
        () => a.recvBytesInto(new Uint8Array(1)),
        () => wait([a]),
      ]
      for (const operation of refused) await expect(operation()).rejects.toThrow(ClosedError)
      await expect(a.recv()).rejects.toThrow(ValueError)
      expect(() => a.copy()).toThrow(ClosedError)
    })

    test('rejects what waits for a message here, and leaves the other end its own', async () => {
      const [here, there] = await pipeTo(places.one)
      const copy = here.copy()
      const refused = [here.recv(), here.recvBytes(), here.poll({ timeout: 60_000 }), wait([here])].map((promise) =>
        expect(promise).rejects.toThrow(ClosedError),
      )
      const elsewhere = there.use('recv')
      await heard()
      await here.close()
      await Promise.all(refused)
      await copy.send('for the other end')
      expect(await elsewhere).toBe('for the other end')
      await there.use('send', 'for the copy')
      expect(await copy.recv()).toBe('for the copy')
    })

    test('lets what was sent before arrive, even what waits for room', async () => {
      const [here, there] = await pipeTo(places.one, { maxsize: 1 })
      const sends = range(5).map((i) => here.send(i))
      await here.close()
      expect(await there.receiveAll()).toEqual({ messages: range(5), end: 'EndOfFileError' })
      await Promise.all(sends)
    })

    test('comes by itself when `await using` is left (C4)', async () => {
      const [a, b] = Pipe()
      {
        await using first = a
        await using second = b
        expect([first.closed, second.closed]).toEqual([false, false])
      }
      expect([a.closed, b.closed]).toEqual([true, true])
      await expect(a.recv()).rejects.toThrow(ClosedError)
    })

    test('gives back what this handle had been delegated: messages and room, to the other handles', async () => {
      const [here, there] = await pipeTo(places.one, { maxsize: 20 })
      const copy = here.copy()
      // Until much is delegated ahead of need.
      const warm = there.receiveMany(400)
      for (const i of range(400)) await here.send(i)
      await warm
      const sending = there.sendAll(range(420))
      for (const i of range(400)) expect(await here.recv()).toBe(i)
      await sending
      await here.close()
      for (const i of range(20)) expect(await copy.recv()).toBe(400 + i)
      expect(await places.two.run('fillPipe', await places.two.run('hold', copy))).toBe(20)
    })
  })

  test('a send that waits for room when its handle is closed is still pending until there is room', async () => {
    const [here, there] = await pipeTo(places.one, { maxsize: 1 })
    await here.send('first')
    const second = observe(here.send('second'))
    await here.close()
    await heard()
    expect(second.state).toBe('pending')
    expect(await there.use('recv')).toBe('first')
    await second.promise
    expect(await there.receiveAll()).toEqual({ messages: ['second'], end: 'EndOfFileError' })
  })

  test('fileno() throws ValueError: there is none', () => {
    const [a] = Pipe()
    expect(() => a.fileno()).toThrow(ValueError)
  })

  test('a Connection is made by Pipe() alone', () => {
    const [a] = Pipe()
    const Anything = a.constructor as new (...args: unknown[]) => unknown
    expect(() => new Anything()).toThrow(TypeError)
    expect(() => new Anything({ readable: true, writable: true })).toThrow(TypeError)
    expect(() => Pipe({ maxsize: Number.NaN })).toThrow(TypeError)
    expect(() => Pipe({ maxbytes: '3' as never })).toThrow(TypeError)
  })
}
