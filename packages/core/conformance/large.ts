import { FullError, JoinableQueue, Queue } from '@millrace/core'
import { expect, test } from 'vitest'
import type { Places } from './elsewhere.ts'

const KIB = 1024
const MIB = 1024 * KIB

/** Around where a payload begins to take another way, and far beyond. */
const SIZES = [0, 1, 32 * KIB - 1, 32 * KIB, 64 * KIB, 64 * KIB + 1, MIB, 5 * MIB]

/** Bytes that differ from place to place. */
function pattern(size: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size)
  let state = seed
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    bytes[i] = state >>> 16
  }
  return bytes
}

/** As a comparison by the test runner, which would take seconds. */
function expectSame(actual: unknown, expected: Uint8Array): void {
  const bytes = actual as Uint8Array
  expect(bytes.constructor).toBe(expected.constructor)
  expect(bytes.length).toBe(expected.length)
  expect(bytes.findIndex((byte, i) => byte !== expected[i])).toBe(-1)
}

/** Large payloads, whichever way they take; buffers that are moved; Blobs. */
export function large(places: Places): void {
  test.each(SIZES)('%i bytes go there and come back as they were', async (size) => {
    const queue = new Queue()
    const bytes = pattern(size)
    await queue.put(bytes)
    const [there] = await places.one.run('getMany', queue, 1)
    expectSame(there, bytes)
  })

  test('a large value of many parts goes there and comes back as it was', async () => {
    const queue = new Queue()
    const lines = Array.from({ length: 20_000 }, (_, i) => ({ i, text: `line ${i}` }))
    const floats = Float64Array.from({ length: 9_000 }, (_, i) => i / 3)
    await queue.put({ lines, deep: [new Map([['floats', floats]])] })
    const [there] = (await places.one.run('getMany', queue, 1)) as [{ lines: unknown; deep: [Map<string, unknown>] }]
    expect(there.lines).toEqual(lines)
    expect(there.deep[0].get('floats')).toEqual(floats)
  })

  test('large items are snapshots, however long they wait', async () => {
    const queue = new Queue({ maxsize: 2 })
    const bytes = pattern(MIB)
    const puts = Array.from({ length: 6 }, (_, i) => {
      bytes.fill(i)
      return queue.put(bytes)
    })
    bytes.fill(99)
    const there = (await places.one.run('getMany', queue, 6)) as Uint8Array[]
    expect(there.map((each) => [each[0], each[MIB - 1]])).toEqual(Array.from({ length: 6 }, (_, i) => [i, i]))
    await Promise.all(puts)
  })

  test('hundreds of large items, each way at once, arrive whole and in order', async () => {
    const [to, from] = [new Queue<Uint8Array>({ maxsize: 4 }), new Queue<Uint8Array>({ maxsize: 4 })]
    const echoing = places.one.run('relay', to, from, 300)
    const sending = (async () => {
      for (let i = 0; i < 300; i++) await to.put(new Uint8Array(100_000).fill(i))
    })()
    for (let i = 0; i < 300; i++) {
      const bytes = await from.get()
      expect([bytes.length, bytes[0], bytes[99_999]]).toEqual([100_000, i % 256, i % 256])
    }
    await sending
    await echoing
  })

  test('with transfer, buffers are moved: they are empty here, and whole there', async () => {
    const queue = new Queue({ maxsize: 1 })
    for (const size of [10, 100_000, MIB]) {
      const bytes = pattern(size)
      const same = bytes.slice()
      await queue.put(bytes, { transfer: true })
      expect(bytes.byteLength).toBe(0)
      const [there] = await places.one.run('getMany', queue, 1)
      expectSame(there, same)
    }
  })

  test('what another context moves arrives whole, several in order, among others', async () => {
    const queue = new Queue<unknown>({ maxsize: 3 })
    const putting = places.one.run('putMoved', queue, 20, 50_000)
    for (let i = 0; i < 20; i++) {
      expectSame(await queue.get(), new Uint8Array(50_000).fill(i))
      expect(await queue.get()).toBe(i)
    }
    expect(await putting).toBe(0)
  })

  test('moved views of one buffer are still views of one buffer', async () => {
    const queue = new Queue()
    const { buffer } = pattern(1_000)
    const parts = { whole: new Uint8Array(buffer), part: new Uint16Array(buffer, 10, 20) }
    const expected = [...parts.part]
    await queue.put({ ...parts, n: 1 }, { transfer: true })
    const arrived = (await queue.get()) as typeof parts & { n: number }
    expect([...arrived.part]).toEqual(expected)
    expect(arrived.whole.buffer).toBe(arrived.part.buffer)
    expect([arrived.part.byteOffset, arrived.n, buffer.byteLength]).toEqual([10, 1, 0])
  })

  test('a put that found no room has moved nothing', async () => {
    const queue = new Queue({ maxsize: 1 })
    await queue.put('in the way')
    const bytes = pattern(MIB)
    const refused = await queue.put(bytes, { transfer: true, timeout: 0 }).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(FullError)
    expect((refused as FullError).item).toBe(bytes)
    expect(bytes.byteLength).toBe(MIB)
  })

  test.each([false, true])(
    'what a dead consumer had not taken goes to the next, whole (moved: %s)',
    async (transfer) => {
      const queue = new Queue<Uint8Array>()
      const doomed = await places.start()
      await queue.put(pattern(10))
      for (let i = 1; i <= 4; i++) await queue.put(pattern(60_000, i), { transfer })
      await doomed.run('getMany', queue, 1)
      await doomed.kill()
      for (let i = 1; i <= 4; i++) expectSame(await queue.get(), pattern(60_000, i))
    },
  )

  test.each([false, true])('what a dead producer had put is there, whole (moved: %s)', async (transfer) => {
    const queue = new Queue<Uint8Array>()
    const doomed = await places.start()
    for (let i = 1; i <= 4; i++) await doomed.run('call', queue, 'put', pattern(60_000, i), { transfer })
    await doomed.kill()
    // Others may use the memory that it used.
    const other = new Queue<Uint8Array>()
    const next = await places.start()
    for (let i = 0; i < 4; i++) await next.run('call', other, 'put', pattern(60_000, 9))
    for (let i = 1; i <= 4; i++) expectSame(await queue.get(), pattern(60_000, i))
  })

  test('a moved item that its consumer died with is handed out again, whole', async () => {
    const queue = new JoinableQueue<Uint8Array>()
    const doomed = await places.start()
    await queue.put(pattern(60_000), { transfer: true })
    await doomed.run('getMany', queue, 1)
    await doomed.kill()
    const { item, deliveries, done } = await queue.receive()
    expectSame(item, pattern(60_000))
    expect(deliveries).toBe(2)
    done()
    await queue.join()
  })

  test('a Blob and a File go there and come back with what they hold', async () => {
    const queue = new Queue()
    const text = '消息 '.repeat(20_000)
    await queue.put({
      blob: new Blob([text], { type: 'text/plain' }),
      file: new File(['content'], 'name.txt', { type: 'text/x', lastModified: 5 }),
    })
    const [there] = (await places.one.run('getMany', queue, 1)) as [{ blob: Blob; file: File }]
    expect(there.blob).toBeInstanceOf(Blob)
    expect([there.blob.type, await there.blob.text()]).toEqual(['text/plain', text])
    const { name, type, lastModified } = there.file
    expect([name, type, lastModified, await there.file.text()]).toEqual(['name.txt', 'text/x', 5, 'content'])
  })
}
