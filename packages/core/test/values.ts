import type { Random } from './random.ts'

const TYPED = [
  Uint8Array,
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
]

const NUMBERS = [
  0,
  1,
  -1,
  127,
  128,
  255,
  256,
  65_535,
  65_536,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  -(2 ** 31) - 1,
  2 ** 32,
]
const MORE_NUMBERS = [2 ** 53, -(2 ** 53), 0.1, -1.5, 1e300, 5e-324, Number.NaN, Infinity, -Infinity, -0]
const STRINGS = [
  '',
  'a',
  'ascii of some length, but not too much',
  'ä',
  '𝄞 and 日本',
  '\0',
  '__proto',
  'toJSON',
  '\ufeff',
]

/** Some value that can travel, nested up to `depth` levels: a tree, without anything that occurs twice. */
export function randomValue(random: Random, depth: number): unknown {
  const kinds = depth > 0 ? 18 : 11
  switch (random.int(kinds)) {
    case 0:
      return random.pick([null, undefined, true, false])
    case 1:
      return random.pick(NUMBERS)
    case 2:
      return random.pick(MORE_NUMBERS)
    case 3:
      return random.int(2 ** 32) - 2 ** 31
    case 4:
      return random.pick(STRINGS)
    case 5:
      return random.pick(STRINGS).repeat(random.pick([1, 3, 40, 700]))
    case 6:
      return bigint(random)
    case 7:
      return new Date(random.pick([0, -1, -1e12, 1.7e12, 8.64e15, Number.NaN]))
    case 8:
      return random.pick([/a+/, /x\/y/giu, /^$/ms])
    case 9:
      return binary(random)
    case 10:
      return key(random)
    case 11:
    case 12:
      return list(random, depth)
    case 13:
    case 14:
      return Object.fromEntries(list(random, depth).map((value, i) => [`${key(random)}${i}`, value]))
    case 15:
      return new Map(list(random, depth).map((value) => [randomValue(random, 0), value]))
    case 16:
      return new Set(list(random, depth))
    default:
      return error(random, depth)
  }
}

function list(random: Random, depth: number): unknown[] {
  return Array.from({ length: random.pick([0, 1, 2, 3, 5, 16, 40 >> (3 - Math.min(depth, 3))]) }, () =>
    randomValue(random, depth - 1),
  )
}

function key(random: Random): string {
  return random.pick(['id', 'name', 'constructor', 'length', 'ключ', 'a key that is longer than most keys are', '0'])
}

function bigint(random: Random): bigint {
  const size = 1n << BigInt(random.pick([1, 31, 53, 63, 64, 65, 128, 1000]))
  return random.pick([size, -size, size - 1n, -size - 1n, 0n])
}

function binary(random: Random): unknown {
  const bytes = random.bytes(8 * random.pick([0, 1, 2, 40]))
  const buffer = bytes.buffer as ArrayBuffer
  switch (random.int(4)) {
    case 0:
      return buffer
    case 1:
      return new DataView(buffer)
    case 2:
      return Buffer.from(bytes)
    default:
      return new (random.pick(TYPED))(buffer)
  }
}

function error(random: Random, depth: number): Error {
  const type = random.pick([Error, TypeError, RangeError, SyntaxError])
  const options = random.chance(0.5) ? { cause: randomValue(random, depth - 1) } : undefined
  const made = random.chance(0.2) ? new AggregateError([new Error('one')], 'many', options) : new type('oops', options)
  return random.chance(0.5) ? Object.assign(made, { code: 'E_OOPS', more: randomValue(random, depth - 1) }) : made
}
