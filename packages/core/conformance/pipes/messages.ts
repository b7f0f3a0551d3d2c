import { BufferTooShortError, type Connection, EncodeError, Pipe, ValueError } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import type { Places } from '../elsewhere.ts'
import { observe, range } from '../observed.ts'
import { pipeTo } from './held.ts'

const shared = { name: 'shared' }

const samples: ReadonlyArray<readonly [name: string, value: unknown]> = [
  ['numbers and null in a list', [1, 2.25, null]],
  ['null', null],
  ['undefined', undefined],
  ['false', false],
  ['an empty string', ''],
  ['-0 and NaN', [-0, Number.NaN]],
  ['a long string of many alphabets', '消息 \u{1f980} '.repeat(20_000)],
  ['a map, a set, a date, a bigint', [new Map([[1, { a: 1 }]]), new Set(['a']), new Date(1e12), 2n ** 70n]],
  ['the same object twice', { list: [shared, shared] }],
  ['bytes among other things', { bytes: new Uint8Array(100_000).fill(7), floats: new Float64Array([1.5]) }],
]

const LETTERS = Uint8Array.from('abcdefghijklmnopqrstuvwxyz', (letter) => letter.charCodeAt(0))

/** Messages arrive whole, one by one, as they were when they were sent. */
export function messages(places: Places): void {
  test.each(samples)('%s: goes there and comes back as it was (C1)', async (_name, value) => {
    const [here, far] = Pipe()
    const echoing = places.one.run('echo', far)
    await here.send(value)
    expect(await here.recv()).toEqual(value)
    await here.close()
    await echoing
  })

  test('bytes go there and come back as bytes (C1)', async () => {
    const [here, far] = Pipe()
    const echoing = places.one.run('echoBytes', far)
    const message = new TextEncoder().encode('hello world')
    await here.sendBytes(message)
    expect(new TextDecoder().decode(await here.recvBytes())).toBe('dlrow olleh')
    await here.close()
    await echoing
  })

  test('null and undefined are messages, and no end of file (C1)', async () => {
    const [here, there] = await pipeTo(places.one)
    await there.sendAll([null, undefined, 'last'])
    await there.close()
    expect([await here.recv(), await here.recv(), await here.recv()]).toEqual([null, undefined, 'last'])
    await expect(here.recv()).rejects.toThrow('end of file')
  })

  test.each([
    ['an ArrayBuffer', (bytes: Uint8Array) => bytes.slice().buffer],
    ['a DataView', (bytes: Uint8Array) => new DataView(bytes.slice().buffer)],
    ['an Int32Array', (bytes: Uint8Array) => new Int32Array(bytes.slice().buffer)],
    ['a part of a larger buffer', (bytes: Uint8Array) => new Uint8Array([9, ...bytes, 9]).subarray(1, -1)],
  ])('sendBytes takes %s, and recvBytes returns its bytes', async (_name, wrap) => {
    const [here, there] = await pipeTo(places.one)
    const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
    await here.sendBytes(wrap(bytes))
    expect([...((await there.use('recvBytes')) as Uint8Array)]).toEqual([...bytes])
  })

  test.each([
    [[], 'abcdefghijklmnopqrstuvwxyz'],
    [[5], 'fghijklmnopqrstuvwxyz'],
    [[7, 8], 'hijklmno'],
    [[26], ''],
    [[26, 0], ''],
    [[0, 0], ''],
  ] as const)('sendBytes(letters, ...%j) sends %j (C6)', async (args, expected) => {
    const [here, there] = await pipeTo(places.one)
    await here.sendBytes(LETTERS, ...args)
    expect(new TextDecoder().decode((await there.use('recvBytes')) as Uint8Array)).toBe(expected)
  })

  test.each([[[27]], [[22, 5]], [[26, 1]], [[-1]], [[4, -1]], [[Number.NaN]]] as const)(
    'sendBytes(letters, ...%j) rejects with ValueError and sends nothing (C6)',
    async ([...args]) => {
      const [here, there] = await pipeTo(places.one)
      await expect(here.sendBytes(LETTERS, ...(args as [number]))).rejects.toThrow(ValueError)
      await here.sendBytes(LETTERS, 25)
      expect([...((await there.use('recvBytes')) as Uint8Array)]).toEqual([122])
    },
  )

  test('sendBytes of what are no bytes rejects with TypeError', async () => {
    const [here] = Pipe()
    for (const wrong of ['abc', 3, null, [1, 2], undefined])
      await expect(here.sendBytes(wrong as never)).rejects.toThrow(TypeError)
    await expect(here.recvBytesInto('abc' as never)).rejects.toThrow(TypeError)
  })

  test('messages are never merged, and empty ones count (C10)', async () => {
    const [here, there] = await pipeTo(places.one)
    const words = ['hello', '', 'a', 'b', '', 'bye', '', 'lop']
    for (const word of words) await there.use('sendBytes', new TextEncoder().encode(word))
    const received: string[] = []
    for (const _ of words) received.push(new TextDecoder().decode(await here.recvBytes()))
    expect(received).toEqual(words)
  })

  test('values and bytes keep their order among each other', async () => {
    const [here, there] = await pipeTo(places.one)
    for (const i of range(200)) {
      if (i % 2 === 0) await there.use('send', i)
      else await there.use('sendBytes', Uint8Array.of(i))
    }
    for (const i of range(200)) expect(i % 2 === 0 ? await here.recv() : (await here.recvBytes())[0]).toBe(i)
  })

  describe('recvBytes', () => {
    test('leaves a message that is no bytes to recv (C20)', async () => {
      const [here, there] = await pipeTo(places.one)
      const waiting = observe(here.recvBytes())
      await there.sendAll([{ value: 1 }, 'text'])
      await expect(waiting.promise).rejects.toThrow(ValueError)
      await expect(here.recvBytes()).rejects.toThrow(/recv\(\)/)
      expect(await here.recv()).toEqual({ value: 1 })
      await expect(here.recvBytesInto(new Uint8Array(9))).rejects.toThrow(ValueError)
      expect(await here.recv()).toBe('text')
    })

    test('takes what was sent by send, if it is bytes, and recv takes what was sent by sendBytes', async () => {
      const [here, there] = await pipeTo(places.one)
      await there.use('send', Uint8Array.of(1))
      await there.use('sendBytes', Uint8Array.of(2))
      expect([...(await here.recvBytes())]).toEqual([1])
      expect([...((await here.recv()) as Uint8Array)]).toEqual([2])
    })

    test('with maxlength takes a message of that length', async () => {
      const [here, there] = await pipeTo(places.one)
      await there.use('sendBytes', new Uint8Array(100))
      expect((await here.recvBytes(100)).length).toBe(100)
      for (const maxlength of [-1, Number.NaN]) await expect(here.recvBytes(maxlength)).rejects.toThrow(ValueError)
    })

    test('refuses a longer one, which is in the error, and this end then receives nothing more (C20)', async () => {
      const [here, there] = await pipeTo(places.one)
      await there.use('sendBytes', new Uint8Array(100).fill(3))
      await there.use('send', 'next')
      const error = await here.recvBytes(10).catch((error: unknown) => error)
      expect(error).toBeInstanceOf(BufferTooShortError)
      expect((error as BufferTooShortError).data).toEqual(new Uint8Array(100).fill(3))
      expect([here.readable, here.writable, here.closed]).toEqual([false, true, false])
      await expect(here.recv()).rejects.toThrow(ValueError)
      await expect(here.poll()).rejects.toThrow(ValueError)
      await here.send('still sends')
      expect(await there.use('recv')).toBe('still sends')
    })

    test('an end that only receives is closed by a message that is too long, as in Python (C20)', async () => {
      const [reader, writer] = await pipeTo(places.one, { duplex: false })
      await writer.use('sendBytes', new Uint8Array(100))
      await expect(reader.recvBytes(10)).rejects.toThrow(BufferTooShortError)
      expect(reader.closed).toBe(true)
      await expect(writer.use('send', 1)).rejects.toThrow('nobody holds the other end')
    })
  })

  describe('recvBytesInto', () => {
    test('resolves with the number of bytes, and leaves the rest of the buffer alone (C2)', async () => {
      const [here, there] = await pipeTo(places.one)
      const four = Int32Array.of(10, 20, 30, 40)
      await there.use('sendBytes', four)
      const target = new Int32Array(10)
      expect(await here.recvBytesInto(target)).toBe(16)
      expect([...target]).toEqual([10, 20, 30, 40, 0, 0, 0, 0, 0, 0])
    })

    test('with an offset in bytes begins there (C2)', async () => {
      const [here, there] = await pipeTo(places.one)
      await there.use('sendBytes', Int32Array.of(10, 20, 30, 40))
      const target = new Int32Array(10)
      expect(await here.recvBytesInto(target, 3 * target.BYTES_PER_ELEMENT)).toBe(16)
      expect([...target]).toEqual([0, 0, 0, 10, 20, 30, 40, 0, 0, 0])
    })

    test('fills a part of a larger buffer, and nothing beside it', async () => {
      const [here, there] = await pipeTo(places.one)
      await there.use('sendBytes', Uint8Array.of(1, 2))
      const whole = new Uint8Array(6).fill(9)
      expect(await here.recvBytesInto(whole.subarray(2, 5), 1)).toBe(2)
      expect([...whole]).toEqual([9, 9, 9, 1, 2, 9])
    })

    test('refuses what does not fit with all of it in the error, and the connection goes on (C2)', async () => {
      const [here, there] = await pipeTo(places.one)
      const long = Uint8Array.from({ length: 110 }, (_, i) => i)
      await there.use('sendBytes', long)
      await there.use('send', 'next')
      const target = new Uint8Array(40)
      const error = await here.recvBytesInto(target).catch((error: unknown) => error)
      expect(error).toBeInstanceOf(BufferTooShortError)
      expect((error as BufferTooShortError).data).toEqual(long)
      expect([...target]).toEqual(range(40).map(() => 0))
      expect(await here.recv()).toBe('next')
    })

    test('refuses an offset that is not in the buffer, and takes nothing', async () => {
      const [here, there] = await pipeTo(places.one)
      await there.use('sendBytes', Uint8Array.of(1))
      for (const offset of [-1, 5, Number.NaN])
        await expect(here.recvBytesInto(new Uint8Array(4), offset)).rejects.toThrow(ValueError)
      expect(await here.recvBytesInto(new Uint8Array(4), 3)).toBe(1)
    })
  })

  test('what is changed after it was sent arrives as it was, with and without waiting for room (G06)', async () => {
    const [here, there] = await pipeTo(places.one, { maxsize: 2 })
    const message = { n: 0, bytes: new Uint8Array(3) }
    const sends: Array<Promise<void>> = []
    for (; message.n < 6; message.n++, message.bytes.fill(message.n)) sends.push(here.send(message))
    const received = (await there.receiveMany(6)) as Array<typeof message>
    expect(received.map(({ n }) => n)).toEqual(range(6))
    expect(received.map(({ bytes }) => [...bytes])).toEqual(range(6).map((n) => [n, n, n]))
    await Promise.all(sends)
  })

  test.each([10, 5_000, 300_000, 3_000_000])('so do %i bytes that are overwritten at once', async (length) => {
    const [here, there] = await pipeTo(places.one, { maxsize: 2 })
    const buffer = new Uint8Array(length)
    const sends: Array<Promise<void>> = []
    for (const i of range(4)) {
      buffer.fill(i + 1)
      sends.push(here.sendBytes(buffer))
    }
    buffer.fill(99)
    for (const i of range(4)) {
      const bytes = (await there.use('recvBytes')) as Uint8Array
      expect([bytes.length, bytes[0], bytes[length >> 1], bytes[length - 1]]).toEqual([length, i + 1, i + 1, i + 1])
    }
    await Promise.all(sends)
  })

  test('what cannot travel is refused with the path to it, and the pipe goes on, its room unspent (C20)', async () => {
    const [here, there] = await pipeTo(places.one, { maxsize: 1 })
    const bad = { user: { friends: [{}, { greet: () => 'hello' }] } }
    // With no slot in hand, with one in hand, and with the pipe full.
    for (const i of range(3)) {
      const error = await here.send(bad).catch((error: unknown) => error)
      expect(error).toBeInstanceOf(EncodeError)
      expect((error as EncodeError).path).toBe('.user.friends[1].greet')
      if (i < 2) await here.send('good', { timeout: 0 })
      if (i === 0) expect(await there.use('recv')).toBe('good')
    }
    expect(await there.receiveMany(1)).toEqual(['good'])
    await here.send('room again', { timeout: 0 })
  })

  test('a message longer than maxFrame is refused, and the next one goes through', async () => {
    const [here, there] = await pipeTo(places.one)
    for (const send of [() => here.send('x'.repeat(17 * 1024 * 1024)), () => here.sendBytes(new Uint8Array(17 << 20))])
      await expect(send()).rejects.toThrow(/maxFrame/)
    await here.send('small')
    expect(await there.use('recv')).toBe('small')
  })

  test('a thousand messages each way at once arrive in order', async () => {
    const [here, far] = Pipe<number>()
    const echoing = places.one.run('echo', far as Connection)
    const sending = (async () => {
      for (const i of range(1_000)) await here.send(i)
    })()
    for (const i of range(1_000)) expect(await here.recv()).toBe(i)
    await sending
    await here.close()
    await echoing
  })
}
