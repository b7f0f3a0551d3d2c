import { decode, encode, encodeAlone } from '../src/codec.ts'
import { HANDLE } from '../src/handle.ts'
import { registerClass } from '../src/registry.ts'

/** Handles arrive as what travels of them. */
export const HANDLES = {
  handle: (kind: string, id: string, options: unknown) => ({ [HANDLE]: { kind, id, options } }),
}

/** A value as it arrives. */
export function there<T>(value: T): T {
  const { bytes, start, end } = encodeAlone(value)
  return decode(bytes, start, end, HANDLES) as T
}

/** Goes there and back among other bytes, at an odd place, by the scratch that the next encoding overwrites. */
export function thereAmongOthers<T>(value: T): T {
  const { bytes, start, end } = encode(value)
  const around = new Uint8Array(end - start + 150).fill(0xd9)
  around.set(bytes.subarray(start, end), 77)
  encode('something else, and long enough to overwrite what was there before')
  return decode(around, 77, 77 + end - start, HANDLES) as T
}

export class Point {
  readonly x: number
  readonly y: unknown

  constructor(x: number, y: unknown) {
    this.x = x
    this.y = y
  }
}
registerClass(Point, { name: 'codec.Point' })

/** Made anew from its state by its class. */
export class Money {
  readonly #cents: number
  owner: unknown

  constructor(cents: number, owner?: unknown) {
    this.#cents = cents
    this.owner = owner
  }

  get cents(): number {
    return this.#cents
  }
}
registerClass(Money, {
  name: 'codec.Money',
  encode: ({ cents, owner }) => ({ cents, owner }),
  decode: ({ cents, owner }) => new Money(cents, owner),
})
