import { describe, expect, test } from 'vitest'
import { ProtocolError } from '../src/errors.ts'
import { DEFAULT_MAX_FRAME, Frame, type ItemRun } from '../src/frame.ts'
import { FrameReader } from '../src/frame-reader.ts'
import { FrameWriter } from '../src/frame-writer.ts'
import { concat, frame, item, u32 } from './hostile/bytes.ts'
import { Random } from './random.ts'

interface Received {
  readonly type: number
  readonly body: Uint8Array
}

/** Reads a stream that comes in these chunks. */
function read(chunks: readonly Uint8Array[], maxFrame?: number): Received[] {
  const received: Received[] = []
  const reader = new FrameReader((type, bytes, start, end) => {
    received.push({ type, body: new Uint8Array(bytes.subarray(start, end)) })
    return true
  }, maxFrame)
  for (const chunk of chunks) reader.push(chunk)
  return received
}

function put(writer: FrameWriter, channel: number, payload: Uint8Array, room = payload.length): void {
  const at = writer.startItem(Frame.PUT, channel, room)
  writer.slab.set(payload, at)
  writer.endItem(at + payload.length)
}

function runOf(...payloads: Uint8Array[]): ItemRun {
  const bytes = concat(Uint8Array.of(9, 9, 9), ...payloads.map(item), Uint8Array.of(9, 9))
  return { bytes, start: 3, end: bytes.length - 2, count: payloads.length, deliveries: 1 }
}

/** A little of everything. */
function sample(): { chunks: Uint8Array[]; frames: Received[] } {
  const writer = new FrameWriter()
  writer
    .begin(Frame.OPEN)
    .u32(0)
    .bytes(Uint8Array.of(1, 2, 3))
  put(writer, 0, Uint8Array.of(1))
  put(writer, 0, new Uint8Array(0))
  put(writer, 3, Uint8Array.of(2, 2), 70)
  writer.begin(Frame.RELEASE).u32(0)
  writer.copyItems(Frame.ITEMS, 1, runOf(Uint8Array.of(5), Uint8Array.of(6, 6)))
  writer.copyItems(Frame.ITEMS, 1, runOf(Uint8Array.of(7)))
  writer.begin(Frame.PUT_REFS).u32(0).u32(1).sized(Uint8Array.of(65)).sized(Uint8Array.of(8, 8))
  writer.begin(Frame.ACK)
  const expected = [
    frame('OPEN', 0, Uint8Array.of(1, 2, 3)),
    frame('PUT', 0, 2, 0, item(Uint8Array.of(1)), item(new Uint8Array(0))),
    frame('PUT', 3, 1, 0, item(Uint8Array.of(2, 2))),
    frame('RELEASE', 0),
    frame('ITEMS', 1, 3, 1, item(Uint8Array.of(5)), item(Uint8Array.of(6, 6)), item(Uint8Array.of(7))),
    frame('PUT_REFS', 0, 1, item(Uint8Array.of(65)), item(Uint8Array.of(8, 8))),
    frame('ACK'),
  ]
  return { chunks: writer.take(), frames: expected.map((bytes) => ({ type: bytes[2]!, body: bytes.slice(8) })) }
}

describe('frames', () => {
  test('are written as the protocol has them', () => {
    const { chunks, frames } = sample()
    expect(read(chunks)).toEqual(frames)
  })

  test('arrive whole wherever the stream is cut in two', () => {
    const { chunks, frames } = sample()
    const stream = concat(...chunks)
    for (let cut = 0; cut <= stream.length; cut++)
      expect(read([stream.subarray(0, cut), stream.subarray(cut)]), `cut at ${cut}`).toEqual(frames)
  })

  test('arrive whole wherever the stream is cut in three', () => {
    const { chunks, frames } = sample()
    const stream = concat(...chunks)
    for (let first = 0; first <= stream.length; first++)
      for (let second = first; second <= Math.min(stream.length, first + 30); second++)
        expect(read([stream.subarray(0, first), stream.subarray(first, second), stream.subarray(second)]).length).toBe(
          frames.length,
        )
  })

  test('arrive whole byte by byte', () => {
    const { chunks, frames } = sample()
    expect(read([...concat(...chunks)].map((byte) => Uint8Array.of(byte)))).toEqual(frames)
  })

  test('with items of any size cross the edges of slabs and chunks unharmed', () => {
    const sizes = [0, 1, 95, 96, 97, 4_080, 4_096, 32_763, 32_764, 32_768, 65_500, 65_536, 65_537, 1 << 20, 3 << 20]
    const random = new Random(1)
    for (const size of sizes) {
      const writer = new FrameWriter()
      const payloads = [random.bytes(7), random.bytes(Math.min(size, 5_000)), Uint8Array.of(1)]
      payloads[1] = concat(payloads[1]!, new Uint8Array(size - payloads[1]!.length).fill(7))
      for (const payload of payloads) put(writer, 0, payload)
      for (const payload of payloads) writer.copyItems(Frame.ITEMS, 1, runOf(payload))
      const bodies = itemsOf(read(cutAtRandom(writer.take(), random)))
      expect(bodies.length, `${size} bytes`).toBe(6)
      for (const [i, body] of bodies.entries()) expect(Buffer.compare(body, payloads[i % 3]!)).toBe(0)
    }
  })

  test('survive any order of writing and taking', () => {
    for (let seed = 1; seed <= 150; seed++) writeAtRandom(new Random(seed), `seed ${seed}`)
  })

  test('that were handed out do not change when more is written', () => {
    const writer = new FrameWriter()
    put(writer, 0, Uint8Array.of(1, 2, 3))
    const chunks = writer.take()
    const before = concat(...chunks)
    for (let i = 0; i < 3_000; i++) put(writer, 0, Uint8Array.of(9, 9, 9, 9))
    expect(concat(...chunks)).toEqual(before)
  })

  test('of items are not left behind by an item that was begun and never ended', () => {
    const writer = new FrameWriter()
    writer.startItem(Frame.PUT, 0, 100)
    writer.begin(Frame.RELEASE).u32(4)
    writer.startItem(Frame.PUT, 0, 100)
    expect(read(writer.take())).toEqual([{ type: Frame.RELEASE, body: u32(4) }])
    expect(writer.size).toBe(0)
  })
})

describe('the reader', () => {
  test('takes a frame as long as the limit, and refuses one that is a byte longer before it allocates', () => {
    const { arrayBuffers } = process.memoryUsage()
    expect(read([frame('NOTICE', new Uint8Array(1_000))], 1_000)).toHaveLength(1)
    expect(() => read([frame('NOTICE', new Uint8Array(1_001))], 1_000)).toThrow(ProtocolError)
    const head = (length: number) => concat(Uint8Array.of(0x4d, 1, Frame.PUT, 0), u32(length))
    for (let i = 0; i < 100; i++) expect(() => read([head(DEFAULT_MAX_FRAME + 1)])).toThrow(ProtocolError)
    for (let i = 0; i < 20; i++) expect(read([head(DEFAULT_MAX_FRAME)])).toEqual([])
    // Twenty frames of 16 MiB were promised; the reader trusts a promise up to 1 MiB.
    expect(process.memoryUsage().arrayBuffers - arrayBuffers).toBeLessThan(30e6)
  })

  test('refuses a malformed head at its last byte, however it is cut', () => {
    const bad = concat(frame('ACK', 1), Uint8Array.of(0x4d, 9, 1, 0, 0, 0, 0, 0))
    for (let cut = 0; cut < bad.length; cut++)
      expect(() => read([bad.subarray(0, cut), bad.subarray(cut)]), `cut at ${cut}`).toThrow(ProtocolError)
  })

  test('stops when it is told to, wherever the chunk ends', () => {
    const stream = concat(frame('ACK', 1), frame('ACK', 2), frame('ACK', 3))
    for (let cut = 0; cut <= stream.length; cut++) {
      let count = 0
      const reader = new FrameReader(() => ++count < 2)
      reader.push(stream.subarray(0, cut))
      if (count < 2) reader.push(stream.subarray(cut))
      expect(count).toBe(2)
    }
  })

  test('keeps nothing of a chunk whose frames were all handed out', () => {
    const reader = new FrameReader(() => true)
    for (let i = 0; i < 10; i++) reader.push(frame('ACK', i))
    const chunk = frame('ACK', 7).slice(0, 5)
    reader.push(chunk)
    chunk.fill(0)
    let body: number | undefined
    const again = new FrameReader((_type, bytes, start) => {
      body = bytes[start]
      return true
    })
    const whole = frame('ACK', 7)
    const part = whole.slice(0, 10)
    again.push(part)
    part.fill(0)
    again.push(whole.subarray(10))
    expect(body).toBe(7)
  })
})

function cutAtRandom(chunks: readonly Uint8Array[], random: Random): Uint8Array[] {
  const stream = concat(...chunks)
  const cut: Uint8Array[] = []
  for (let at = 0; at < stream.length; ) {
    const end = at + random.pick([1, 7, 8, 1_000, 64 * 1024, 1 << 20])
    cut.push(stream.subarray(at, end))
    at = end
  }
  return cut
}

function itemsOf(frames: readonly Received[]): Uint8Array[] {
  return frames.flatMap(({ body }) => {
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
    const items: Uint8Array[] = []
    for (let at = 12; at < body.length; ) {
      const end = at + 4 + view.getUint32(at, true)
      items.push(body.subarray(at + 4, end))
      at = end
    }
    expect(items.length).toBe(view.getUint32(4, true))
    return items
  })
}

function writeAtRandom(random: Random, what: string): void {
  const writer = new FrameWriter()
  const chunks: Uint8Array[] = []
  const expected: Uint8Array[] = []
  for (let i = random.between(1, 60); i > 0; i--) {
    const payload = random.bytes(random.pick([0, 1, 20, 200, 3_000]))
    const copy = random.chance(0.3)
    if (copy) writer.copyItems(Frame.ITEMS, random.int(2), runOf(payload, payload))
    else put(writer, random.int(2), payload, payload.length + random.pick([0, 10, 500]))
    expected.push(payload)
    if (copy) expected.push(payload)
    if (random.chance(0.2))
      writer
        .begin(Frame.TUNNEL)
        .u32(1)
        .bytes(random.bytes(random.pick([5, 9_000])))
    if (!random.chance(0.1)) continue
    const { size } = writer
    const taken = writer.take()
    expect(concat(...taken).length).toBe(size)
    chunks.push(...taken)
  }
  chunks.push(...writer.take())
  const items = itemsOf(read(cutAtRandom(chunks, random)).filter(({ type }) => type !== Frame.TUNNEL))
  expect(items.length, what).toBe(expected.length)
  for (const [i, bytes] of items.entries()) expect(Buffer.compare(bytes, expected[i]!), what).toBe(0)
}
