import { ClosedError, Connection, EncodeError, FullError, Pipe, Queue } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import type { Places } from '../elsewhere.ts'
import { observe, range } from '../observed.ts'
import { Held, heard, pipeTo } from './held.ts'

/** To send a connection is to hand it over: it works there, and here no more. */
export function handingOver(places: Places): void {
  /** How a connection gets to the first other context. */
  const ways: ReadonlyArray<readonly [name: string, go: (connection: Connection<unknown>) => Promise<Held>]> = [
    ['as an argument', (connection) => Held.at(places.one, connection)],
    [
      'as an item of a queue',
      async (connection) => {
        const queue = new Queue()
        await queue.put(connection)
        return new Held(places.one, await places.one.run('holdFrom', queue))
      },
    ],
    [
      'as a message',
      async (connection) => {
        const [carrier, taker] = await pipeTo(places.one)
        await carrier.send(connection)
        return new Held(places.one, await places.one.run('holdFrom', taker.key))
      },
    ],
  ]

  test.each(ways)('%s: it works there, and is closed here', async (_name, go) => {
    const [here, far] = Pipe<string>()
    const there = await go(far as Connection<unknown>)
    await there.use('send', 'from there')
    await here.send('from here')
    expect([await here.recv(), await there.use('recv')]).toEqual(['from there', 'from here'])
    expect(far.closed).toBe(true)
    const refused = [() => far.send('x'), () => far.recv(), () => far.poll()]
    for (const operation of refused) {
      await expect(operation()).rejects.toThrow(ClosedError)
      await expect(operation()).rejects.toThrow(/handed over.*copy\(\)/)
    }
    await far.close()
    await there.use('send', 'closing it here again does nothing there')
    expect(await here.recv()).toBe('closing it here again does nothing there')
  })

  test('as a result: it is closed there, and works here', async () => {
    const [here, there] = await pipeTo(places.one)
    const back = await places.one.run('giveBack', there.key)
    expect(back).toBeInstanceOf(Connection)
    await back.send('home again')
    expect(await here.recv()).toBe('home again')
    expect(await places.one.run('isClosed', there.key)).toBe(true)
    await expect(there.use('recv')).rejects.toThrow(ClosedError)
    await back.close()
    await expect(here.recv()).rejects.toThrow('end of file')
  })

  test('it stays what it was: its directions and its bounds go with it', async () => {
    const [reader, writer] = Pipe<number>({ duplex: false, maxsize: 3 })
    const carrier = new Queue<Connection<unknown, unknown>>()
    await carrier.put(reader as Connection<unknown>)
    await carrier.put(writer as Connection<unknown>)
    const [r, w] = [await carrier.get(), await carrier.get()]
    expect([r.readable, r.writable, w.readable, w.writable]).toEqual([true, false, false, true])
    const there = await Held.at(places.two, w)
    expect(await places.two.run('fillPipe', there.key)).toBe(3)
    expect(await r.recv()).toBe(0)
  })

  test('through several hands and back, with messages under way: they all arrive, in order', async () => {
    const [here, far] = Pipe<number>({ maxsize: 0 })
    const queue = new Queue()
    const received: unknown[] = []
    for (const i of range(2_000)) await here.send(i)
    let there = await Held.at(places.one, far)
    received.push(...(await there.receiveMany(300)))
    await places.one.run('passOn', there.key, queue)
    there = new Held(places.two, await places.two.run('holdFrom', queue))
    received.push(...(await there.receiveMany(1)), ...(await there.receiveMany(299)))
    const back = (await places.two.run('giveBack', there.key)) as Connection<number>
    for (const _ of range(300)) received.push(await back.recv())
    there = await Held.at(places.one, back)
    received.push(...(await there.receiveMany(1_100)))
    expect(received).toEqual(range(2_000))
  })

  test('what each holder sent before it handed the end over arrives in that order', async () => {
    const [here, far] = Pipe<number>({ maxsize: 0 })
    const queue = new Queue()
    let there = await Held.at(places.one, far)
    for (const round of range(6)) {
      await there.sendAll(range(100).map((i) => round * 100 + i))
      await there.place.run('passOn', there.key, queue)
      const next = there.place === places.one ? places.two : places.one
      there = new Held(next, await next.run('holdFrom', queue))
    }
    for (const i of range(600)) expect(await here.recv()).toBe(i)
    await there.close()
    await expect(here.recv()).rejects.toThrow('end of file')
  })

  test('what waits for room on a handle that is handed over still arrives, before the end of file', async () => {
    const [here, far] = Pipe<string>({ maxsize: 1 })
    const sends = ['a', 'b', 'c'].map((message) => far.send(message))
    const there = await Held.at(places.one, far)
    const last = there.use('send', 'd')
    await heard()
    const received = [await here.recv(), await here.recv(), await here.recv(), await here.recv()]
    expect(received.sort()).toEqual(['a', 'b', 'c', 'd'])
    await Promise.all([...sends, last])
    await there.close()
    await expect(here.recv()).rejects.toThrow('end of file')
  })

  test('what waits for a message on it here is refused, and the message goes to the new holder', async () => {
    const [here, far] = Pipe()
    const refused = [far.recv(), far.poll({ timeout: 60_000 })].map((promise) =>
      expect(promise).rejects.toThrow(ClosedError),
    )
    const there = await Held.at(places.one, far)
    await Promise.all(refused)
    await here.send('for the new holder')
    expect(await there.use('recv')).toBe('for the new holder')
  })

  describe('in a message that waits for room', () => {
    const carrierFull = async () => {
      const queue = new Queue<unknown>({ maxsize: 1 })
      await queue.put('in the way')
      return queue
    }

    test('it can be used no more, nor sent again, until the message has left', async () => {
      const queue = await carrierFull()
      const [here, far] = Pipe()
      const put = queue.put([far])
      expect(far.closed).toBe(false)
      await expect(far.send('x')).rejects.toThrow(ClosedError)
      await expect(queue.put({ again: far })).rejects.toThrow(EncodeError)
      await here.send('first')
      await queue.get()
      await put
      expect(far.closed).toBe(true)
      const there = new Held(places.one, await places.one.run('hold', ((await queue.get()) as never[])[0]!))
      expect(await there.use('recv')).toBe('first')
    })

    test.each([
      ['a timeout', (queue: Queue, far: unknown) => queue.put({ far }, { timeout: 20 })],
      ['no patience', (queue: Queue, far: unknown) => queue.put({ far }, { timeout: 0 })],
    ])('%s gives it back in the FullError, and it is usable', async (_name, put) => {
      const queue = await carrierFull()
      const [here, far] = Pipe()
      const error = await put(queue, far).catch((error: unknown) => error)
      expect(error).toBeInstanceOf(FullError)
      const { item } = error as FullError
      expect((item as { far: unknown }).far).toBe(far)
      await here.send('still here')
      expect([far.closed, await far.recv()]).toEqual([false, 'still here'])
      await queue.get()
      await queue.put(far)
      expect(far.closed).toBe(true)
      const there = new Held(places.two, await places.two.run('holdFrom', queue))
      await there.use('send', 'went after all')
      expect(await here.recv()).toBe('went after all')
    })

    test('a signal gives it back as well', async () => {
      const queue = await carrierFull()
      const [here, far] = Pipe()
      const controller = new AbortController()
      const put = queue.put(far, { signal: controller.signal })
      await heard()
      controller.abort(new Error('had enough'))
      await expect(put).rejects.toThrow('had enough')
      await far.send('still here')
      expect(await here.recv()).toBe('still here')
    })

    test('what waited for a message before goes on waiting, and gets it if the handle stays', async () => {
      const queue = await carrierFull()
      const [here, far] = Pipe()
      const waiting = far.recv()
      await expect(queue.put(far, { timeout: 20 })).rejects.toThrow(FullError)
      await here.send('patience')
      expect(await waiting).toBe('patience')
    })

    test('closing it here does it no harm', async () => {
      const queue = await carrierFull()
      const [here, far] = Pipe()
      const put = queue.put(far)
      await far.close()
      expect(far.closed).toBe(true)
      await heard()
      await queue.get()
      await put
      const there = new Held(places.one, await places.one.run('holdFrom', queue))
      await here.send('arrives')
      expect(await there.use('recv')).toBe('arrives')
    })

    test('closed meanwhile, it is closed when the message is given up', async () => {
      const queue = await carrierFull()
      const [here, far] = Pipe()
      const put = queue.put(far, { timeout: 20 })
      await far.close()
      await expect(put).rejects.toThrow(FullError)
      await expect(here.recv()).rejects.toThrow('end of file')
      await expect(far.recv()).rejects.toThrow('is closed in this process')
    })
  })

  test.each([
    ['closed', (connection: Connection<unknown>) => connection.close()],
    ['handed over', (connection: Connection<unknown>) => new Queue().put(connection)],
  ])('one that is %s already cannot be sent: EncodeError names the path to it', async (_name, away) => {
    const [, far] = Pipe()
    await away(far as Connection<unknown>)
    const queue = new Queue()
    for (const send of [() => queue.put({ a: [0, { c: far }] }), () => Pipe()[0].send({ a: [0, { c: far }] })]) {
      const error = await send().catch((error: unknown) => error)
      expect(error).toBeInstanceOf(EncodeError)
      expect((error as EncodeError).path).toBe('.a[1].c')
      expect((error as Error).message).toContain('copy()')
    }
    expect(await queue.empty()).toBe(true)
  })

  test('a message that cannot travel for another reason leaves the connection in it here', async () => {
    const [here, far] = Pipe()
    const queue = new Queue()
    await expect(queue.put([far, () => {}])).rejects.toThrow(EncodeError)
    await expect(here.send([far, Symbol('s')])).rejects.toThrow(EncodeError)
    await here.send('still here')
    expect([far.closed, await far.recv()]).toEqual([false, 'still here'])
  })

  test('both ends of a pipe can go in one message, and come back', async () => {
    const queue = new Queue<Connection<unknown>[]>()
    const pair = Pipe()
    await queue.put(pair as Connection<unknown>[])
    expect(pair.map(({ closed }) => closed)).toEqual([true, true])
    const [a, b] = (await queue.get()) as [Connection<string>, Connection<string>]
    await a.send('to itself')
    expect(await b.recv()).toBe('to itself')
    await a.close()
    await expect(b.recv()).rejects.toThrow('end of file')
  })

  test('an end can go through its own pipe: who receives it holds both', async () => {
    const [here, there] = await pipeTo(places.one)
    await here.send('ahead of it')
    await here.send(here)
    expect(here.closed).toBe(true)
    expect(await there.use('recv')).toBe('ahead of it')
    const other = await places.one.run('holdFrom', there.key)
    await places.one.run('use', other, 'send', 'from the other hand')
    expect(await there.use('recv')).toBe('from the other hand')
    await places.one.run('use', other, 'close')
    await expect(there.use('recv')).rejects.toThrow('end of file')
  })

  describe('copy()', () => {
    test('makes a second handle: one to keep and one to send, and both work', async () => {
      const [here, far] = Pipe()
      const there = await Held.at(places.one, far.copy())
      await far.send('kept')
      await there.use('send', 'sent')
      expect([await here.recv(), await here.recv()].sort()).toEqual(['kept', 'sent'])
      await here.send(1)
      expect(await there.use('recv')).toBe(1)
      await here.send(2)
      expect(await far.recv()).toBe(2)
    })

    test('can be made where the original was handed over to, of a copy, and by many', async () => {
      const [here, far] = Pipe<string>()
      const there = await Held.at(places.one, far)
      const copies = [there]
      for (const _ of range(5)) copies.push(new Held(places.one, await places.one.run('holdCopy', copies.at(-1)!.key)))
      for (const [i, copy] of copies.entries()) await copy.use('send', `copy ${i}`)
      const received: string[] = []
      for (const _ of copies) received.push(await here.recv())
      expect(received.sort()).toEqual(range(6).map((i) => `copy ${i}`))
      for (const copy of copies) await copy.close()
      await expect(here.recv()).rejects.toThrow('end of file')
    })

    test('does not outlive what it is no copy of: closing either leaves the other alone', async () => {
      const [here, far] = Pipe()
      const copy = far.copy()
      await far.close()
      await copy.send('alive')
      expect(await here.recv()).toBe('alive')
      const end = observe(here.recv())
      await heard()
      expect(end.state).toBe('pending')
      await copy.close()
      await expect(end.promise).rejects.toThrow('end of file')
    })

    test('of one that is on its way is refused', async () => {
      const queue = new Queue<unknown>({ maxsize: 1 })
      await queue.put('in the way')
      const [, far] = Pipe()
      const put = queue.put(far, { timeout: 20 })
      expect(() => far.copy()).toThrow(ClosedError)
      await expect(put).rejects.toThrow(FullError)
      expect(far.copy()).toBeInstanceOf(Connection)
    })
  })
}
