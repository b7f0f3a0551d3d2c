import { beforeEach, describe, expect, test, vi } from 'vitest'
import { EncodeError } from '../src/errors.ts'
import { takeOver } from '../src/transfer.ts'
import { OneContext } from './one-context.ts'

let program: OneContext

beforeEach(() => {
  program = new OneContext()
})

/** As by a `postMessage` elsewhere in the program. */
function detach(bytes: Uint8Array<ArrayBuffer>): void {
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
}

describe('a buffer that is moved', () => {
  test('is empty afterwards, and what it held is elsewhere', () => {
    const bytes = Uint8Array.of(1, 2, 3)
    expect([...new Uint8Array(takeOver(bytes.buffer))]).toEqual([1, 2, 3])
    expect(bytes.byteLength).toBe(0)
  })

  test('is copied if it is the memory that Node shares among small Buffers, which stays as it is', () => {
    const [one, other] = [Buffer.from('one'), Buffer.from('other')]
    const pool = one.buffer as ArrayBuffer
    expect(other.buffer).toBe(pool)
    // Newer versions of Node have it, and it would take even that.
    const transfer = vi.fn(() => new ArrayBuffer(0))
    Object.assign(pool, { transfer })
    const copy = Buffer.from(takeOver(pool), one.byteOffset, one.length)
    Reflect.deleteProperty(pool, 'transfer')
    expect(transfer).not.toHaveBeenCalled()
    expect([copy, one, other].map(String)).toEqual(['one', 'one', 'other'])
  })

  test('that is a small Buffer comes alone, without what others have in the memory that they share', async () => {
    const queue = program.queue<Buffer>()
    const small = Buffer.from('small')
    expect(small.buffer.byteLength).toBeGreaterThan(small.length)
    void queue.put(small, { transfer: true })
    const arrived = await program.now(queue.get())
    expect(String(arrived)).toBe('small')
    expect((arrived as Buffer).buffer.byteLength).toBe(5)
    expect(String(small)).toBe('small')
  })

  test('can be moved again and again if it is empty', async () => {
    const queue = program.queue()
    const none = new Uint8Array(0)
    for (let i = 0; i < 3; i++) expect(await program.now(queue.put([none], { transfer: true }))).toBeUndefined()
    for (let i = 0; i < 3; i++) expect(await program.now(queue.get())).toEqual([none])
  })

  test('goes with the first of two items that wait for room; the other is refused and takes no room', async () => {
    const queue = program.queue({ maxsize: 1 })
    await program.now(queue.put('in the way'))
    const bytes = Uint8Array.of(1, 2, 3)
    const first = queue.put(bytes, { transfer: true })
    const second = queue.put({ bytes }, { transfer: true }).catch((error: unknown) => error)
    const last = queue.put('last')
    for (const expected of ['in the way', Uint8Array.of(1, 2, 3), 'last'])
      expect(await program.now(queue.get())).toEqual(expected)
    expect(await program.allNow([first, second, last])).toEqual([undefined, expect.any(EncodeError), undefined])
    expect(await program.now(queue.putNowait('room'))).toBeUndefined()
  })

  test.each([{ maxsize: 1 }, { maxbytes: 10 }])(
    'and was emptied elsewhere while its item waited refuses the item, and no other (%o)',
    async (bound) => {
      const queue = program.queue(bound)
      await program.now(queue.put('in the way'))
      const bytes = new Uint8Array(8)
      const refused = queue.put(bytes, { transfer: true }).catch((error: unknown) => error)
      const next = queue.put('next')
      detach(bytes)
      expect(await program.now(queue.get())).toBe('in the way')
      expect(await program.now(queue.get())).toBe('next')
      expect(await program.allNow([refused, next])).toEqual([expect.any(EncodeError), undefined])
      expect(await program.now(queue.qsize())).toBe(0)
    },
  )

  test('is there when its item is taken in the context of the hub: nothing has to be asked for', async () => {
    const queue = program.queue<Uint8Array>()
    const fetch = vi.spyOn(program.root.context, 'fetch')
    for (const byte of [0, 1, 2, 3]) void queue.put(Uint8Array.of(byte), { transfer: true })
    for (const byte of [0, 1, 2, 3]) expect(await program.now(queue.get())).toEqual(Uint8Array.of(byte))
    expect(fetch).not.toHaveBeenCalled()
  })

  test('stays if it is in a property of an error that cannot travel', async () => {
    const queue = program.queue<Error>()
    const bytes = Uint8Array.of(1, 2, 3)
    const error = Object.assign(new Error('no'), { context: { bytes, callback: () => {} } })
    expect(await program.now(queue.put(error, { transfer: true }))).toBeUndefined()
    expect(bytes.byteLength).toBe(3)
    expect(await program.now(queue.get())).toEqual(new Error('no'))
  })
})
