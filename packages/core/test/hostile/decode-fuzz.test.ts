import { expect, test } from 'vitest'
import { decode, encodeAlone } from '../../src/codec.ts'
import { DecodeError } from '../../src/errors.ts'
import { registerClass } from '../../src/registry.ts'
import { difference } from '../difference.ts'
import { Random } from '../random.ts'
import { thorough } from '../thorough.ts'
import { randomValue } from '../values.ts'
import { concat } from './bytes.ts'

const SEEDS = thorough(10_000, 2_000)

class Known {
  readonly x: unknown

  constructor(x: unknown) {
    this.x = x
  }
}
registerClass(Known, { name: 'fuzz.Known' })

/** Bytes that begin something. */
const TOKENS = [
  0x80, 0x81, 0x90, 0x91, 0x92, 0xa0, 0xa1, 0xc0, 0xc1, 0xc4, 0xc6, 0xc7, 0xc9, 0xcb, 0xd3, 0xd4, 0xd6, 0xd9,
]
const MORE = [0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0x4d, 0x42, 0x62, 0x65, 0x69, 0x70, 0x72, 0x74, 0x78, 0x00, 0x40, 0xff]

test(`${SEEDS} mutated payloads: a value or a DecodeError, and no byte beyond the payload matters`, () => {
  const before = Object.getOwnPropertyNames(Object.prototype).join()
  let values = 0
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = new Random(seed)
    const original = random.chance(0.1) ? new Known(random.int(9)) : randomValue(random, 3)
    const payload = mutate(encodeAlone(original).bytes, random)
    const [first, second] = [readBetween(payload, 0x91), readBetween(payload, 0xd4)]
    if (!(first instanceof DecodeError)) {
      values++
      expect(strange(first, new Set()), `seed ${seed}`).toBeUndefined()
    }
    const other = first instanceof DecodeError && second instanceof DecodeError ? undefined : difference(first, second)
    expect(other, `seed ${seed}: what lies around the payload changes what it means`).toBeUndefined()
  }
  expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(before)
  // Neither outcome may be rare.
  expect(values).toBeGreaterThan(SEEDS / 20)
  expect(values).toBeLessThan((SEEDS * 19) / 20)
})

/** Decodes a payload that lies among other bytes; whatever it throws, if that is a DecodeError. */
function readBetween(payload: Uint8Array, filler: number): unknown {
  const around = new Uint8Array(payload.length + 200).fill(filler)
  around.set(payload, 100)
  try {
    return decode(around, 100, 100 + payload.length, { handle: (kind, id) => ({ kind, id }) })
  } catch (error) {
    if (error instanceof DecodeError) return error
    throw error
  }
}

function mutate(payload: Uint8Array, random: Random): Uint8Array {
  let bytes = new Uint8Array(payload)
  for (let i = random.between(0, 4); i > 0; i--) {
    const at = random.int(bytes.length + 1)
    switch (random.int(6)) {
      case 0:
        bytes = bytes.slice(0, at)
        break
      case 1:
        bytes = concat(bytes.subarray(0, at), random.bytes(random.between(1, 12)), bytes.subarray(at)) as typeof bytes
        break
      case 2:
        bytes = concat(bytes.subarray(0, at), bytes.subarray(random.int(bytes.length + 1))) as typeof bytes
        break
      case 3:
        if (bytes.length > 0) bytes[random.int(bytes.length)]! ^= 1 << random.int(8)
        break
      default:
        if (bytes.length > 0) bytes[random.int(bytes.length)] = random.pick(random.chance(0.5) ? TOKENS : MORE)
    }
  }
  return bytes
}

const PLAIN = [Object, Array, Map, Set, Date, RegExp, Known].map((type) => type.prototype as object)

/** What is in there that no payload may bring about. */
function strange(value: unknown, seen: Set<unknown>): string | undefined {
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`
  if (typeof value !== 'object' || value === null || seen.has(value)) return undefined
  seen.add(value)
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return undefined
  const prototype = Object.getPrototypeOf(value) as object
  if (!PLAIN.includes(prototype) && !(value instanceof Error)) return `an instance of ${value.constructor?.name}`
  const inner = value instanceof Map ? [...value].flat() : value instanceof Set ? [...value] : Object.values(value)
  for (const each of inner) {
    const found = strange(each, seen)
    if (found !== undefined) return found
  }
  return undefined
}
