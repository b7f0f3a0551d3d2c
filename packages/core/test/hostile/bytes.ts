import { Frame } from '../../src/frame.ts'

type FrameName = keyof typeof Frame

/** Little-endian 32-bit integers. */
export function u32(...numbers: number[]): Uint8Array {
  const bytes = new Uint8Array(numbers.length * 4)
  const view = new DataView(bytes.buffer)
  for (const [i, number] of numbers.entries()) view.setUint32(4 * i, number, true)
  return bytes
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

/** One frame, as the table in `frame.ts` has it. */
export function frame(name: FrameName | number, ...parts: Array<number | Uint8Array>): Uint8Array {
  const body = concat(...parts.map((part) => (typeof part === 'number' ? u32(part) : part)))
  const type = typeof name === 'number' ? name : Frame[name]
  return concat(Uint8Array.of(0x4d, 1, type, 0), u32(body.length), body)
}

/** An item as it lies in a frame. */
export function item(payload: Uint8Array): Uint8Array {
  return concat(u32(payload.length), payload)
}

/** Where each frame of a well-formed stream begins and ends. */
export function framesOf(stream: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = []
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength)
  for (let at = 0; at + 8 <= stream.length; ) {
    const end = at + 8 + view.getUint32(at + 4, true)
    frames.push(stream.subarray(at, end))
    at = end
  }
  return frames
}
