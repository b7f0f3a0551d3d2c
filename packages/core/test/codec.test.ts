import { describe, expect, test } from 'vitest'
import { decode, encode, encodeAlone } from '../src/codec.ts'
import { EncodeError, FullError, ProcessDiedError, RemoteError, ValueError } from '../src/errors.ts'
import { HANDLE, type HandleState } from '../src/handle.ts'
import { registerClass } from '../src/registry.ts'
import { difference } from './difference.ts'
import { Random } from './random.ts'
import { HANDLES, Point, there, thereAmongOthers } from './there.ts'
import { randomValue } from './values.ts'

class Custom extends RangeError {
  override readonly name = 'Custom'
  detail = 'more'
}
registerClass(Custom, { name: 'codec.Custom', encode: (error) => error.message, decode: (text) => new Custom(text) })

describe('a value arrives as it left', () => {
  test('whatever it is made of: 2,500 random trees', () => {
    for (let seed = 1; seed <= 2_500; seed++) {
      const value = randomValue(new Random(seed), 3)
      expect(difference(value, thereAmongOthers(value)), `seed ${seed}`).toBeUndefined()
    }
  })

  const each = {
    'negative zero': -0,
    'not a number': Number.NaN,
    'the smallest number': 5e-324,
    'the largest integers': [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2 ** 63, -(2 ** 63)],
    nothing: undefined,
    'nothing in a list': [undefined, null, undefined],
    'nothing in an object': { a: undefined },
    'bigints of any size': [0n, -1n, 2n ** 63n - 1n, 2n ** 63n, -(2n ** 63n), 2n ** 64n, -(2n ** 64n), 7n ** 5000n],
    'negative zero deep inside': { a: [{ b: -0 }] },
    'a date before 1970': new Date(-1),
    'a date that is none': new Date(Number.NaN),
    'an expression with flags': /a\/b[\n]/dgimsuy,
    'an empty string': '',
    'strings around every limit': [31, 32, 138, 139, 140, 255, 256, 4_095, 4_096, 65_535, 65_536].map((n) =>
      'x'.repeat(n),
    ),
    'strings of more than bytes': ['é'.repeat(40), '日本'.repeat(200), '𝄞'.repeat(3_000)],
    'an empty key': { '': 1 },
    'keys that mean something to others': {
      constructor: 1,
      toJSON: 2,
      length: 3,
      __proto: 5,
      hasOwnProperty: 6,
    },
    'a hundred keys': Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`key${i}`, i])),
    'a long list': Array.from({ length: 20_000 }, (_, i) => i),
    'lists around every limit': [15, 16, 63, 64, 65, 255, 256].map((length) =>
      Array.from({ length }, (_, i) => ({ i })),
    ),
    'a list of lists around every limit': [15, 16, 64, 65].map((n) =>
      Array(n)
        .fill(null)
        .map(() => Array(n).fill(7)),
    ),
    'so many bytes as go the short way, and some more': [8_100, 8_170, 8_176, 8_180, 8_192, 8_200].map((bytes) =>
      Array.from({ length: Math.ceil(bytes / 128) }, (_, i) => Array(i === 0 ? bytes % 128 : 4).fill('x'.repeat(31))),
    ),
    'a map in a set in a map': new Map([[new Set([new Map([[1, 2]])]), new Map()]]),
    'keys that are no strings': new Map<unknown, unknown>([
      [1, 'n'],
      ['1', 's'],
      [null, 0],
      [Number.NaN, 1],
      [{}, 2],
    ]),
    'empty containers': [[], {}, new Map(), new Set(), new Uint8Array(0), new ArrayBuffer(0)],
    'a binary on its own': new Float64Array([1.5, -0, Number.NaN]),
    'an odd number of bytes': new DataView(new ArrayBuffer(7)),
    'a Buffer': Buffer.from('buffer'),
  }

  test.each(Object.entries(each))('%s', (_what, value) => {
    expect(difference(value, there(value))).toBeUndefined()
    expect(difference([value], there([value]))).toBeUndefined()
    expect(difference({ a: { b: value } }, thereAmongOthers({ a: { b: value } }))).toBeUndefined()
  })

  test('and only that part of a buffer which a view shows', () => {
    const bytes = Uint8Array.from({ length: 64 }, (_, i) => i)
    expect(there(bytes.subarray(3, 9))).toEqual(bytes.slice(3, 9))
    expect(there({ a: new Uint16Array(bytes.buffer, 4, 3) }).a.buffer.byteLength).toBe(6)
  })

  test('up to 500 levels deep', () => {
    const nest: ReadonlyArray<(inner: unknown) => unknown> = [
      (inner) => [inner],
      (inner) => ({ inner }),
      (inner) => new Map([[1, inner]]),
    ]
    for (const wrap of nest) {
      let value: unknown = 'core'
      for (let i = 0; i < 500; i++) value = wrap(value)
      expect(difference(value, there(value))).toBeUndefined()
      for (let i = 0; i < 10; i++) value = wrap(value)
      expect(() => encode(value)).toThrow(EncodeError)
    }
  })

  test('as an object without a prototype of its own, which arrives as a plain one', () => {
    const bare = Object.assign(Object.create(null) as object, { a: 1 })
    expect(there(bare)).toEqual({ a: 1 })
  })

  test('though half a character in it becomes a replacement', () => {
    for (const lone of ['\ud800', 'a\udc00b', '\ud83d'.repeat(5_000)]) {
      for (const value of [lone, [lone], { [lone]: lone }, new Map([[lone, lone]]), new Error(lone)])
        expect(() => there(value)).not.toThrow()
      expect(there(lone)).toBe(lone.replace(/[\ud800-\udfff]/g, '\ufffd'))
      expect(there(['x', lone])[1]).toMatch(/^[ab\ufffd]+$/)
    }
  })
})

describe('an error', () => {
  test('keeps its class, message, stack, cause and own properties', () => {
    const error = Object.assign(new TypeError('wrong', { cause: new RangeError('why') }), { code: 'E', at: [1, 2] })
    const arrived = there(error)
    expect(arrived).toBeInstanceOf(TypeError)
    expect(arrived.cause).toBeInstanceOf(RangeError)
    expect(difference(error, arrived)).toBeUndefined()
    expect(Object.keys(arrived)).toEqual(['code', 'at'])
  })

  test('may be caused by anything, by nothing too', () => {
    for (const cause of [0, '', false, null, [1], new Map()])
      expect(there(new Error('e', { cause })).cause).toEqual(cause)
    expect('cause' in there(new Error('e'))).toBe(false)
  })

  test('of several keeps each of them', () => {
    const error = new AggregateError([new TypeError('a'), 'b'], 'all of them')
    expect(difference(error, there(error))).toBeUndefined()
  })

  test('of Millrace arrives as itself', () => {
    const report = { pid: 1, exitCode: null, signal: 'SIGKILL', stderr: '' }
    for (const error of [new ValueError('v'), new FullError('f', [1]), new ProcessDiedError('p', report)]) {
      const arrived = there(error)
      expect(arrived).toBeInstanceOf(error.constructor)
      expect(arrived._tag).toBe(error._tag)
      expect(difference(error, arrived)).toBeUndefined()
    }
  })

  test('of a registered class is one, and of any other class tells what it was called', () => {
    expect(there(new Custom('hm'))).toBeInstanceOf(Custom)
    class Local extends Error {
      override readonly name = 'Local'
    }
    const arrived = there<Error>(new Local('hm'))
    expect(arrived).toBeInstanceOf(RemoteError)
    expect((arrived as RemoteError).remoteName).toBe('Local')
    expect(arrived.message).toBe('hm')
  })

  test('travels without those of its properties that cannot', () => {
    const error = Object.assign(new Error('e'), { socket: new (class Socket {})(), retry: () => 1, code: 7 })
    expect(Object.keys(there(error))).toEqual(['code'])
  })

  test('keeps those of its properties that are undefined', () => {
    expect(Object.keys(there(Object.assign(new Error('e'), { a: undefined })))).toEqual(['a'])
  })

  test('whose properties cannot all travel does not spoil what is around it', () => {
    const shared = { n: 1 }
    const hopeless = { deep: [{ shared }, { run: () => 1 }], round: undefined as unknown }
    hopeless.round = hopeless
    const error = Object.assign(new Error('e'), { hopeless, again: hopeless.deep[0], shared })
    const [a, arrived, b] = there([shared, error, shared] as const)
    expect(arrived.message).toBe('e')
    expect(Object.keys(arrived)).toEqual(['again', 'shared'])
    expect(arrived.shared).toBe(a)
    expect((arrived.again as { shared: unknown }).shared).toBe(b)
  })
})

describe('an instance', () => {
  test('of a registered class arrives as one, with what it holds', () => {
    const arrived = there(new Point(1, new Map([['a', new Point(2, null)]])))
    expect(arrived).toBeInstanceOf(Point)
    expect(difference(arrived, new Point(1, new Map([['a', new Point(2, null)]])))).toBeUndefined()
  })

  test('that is a handle arrives as a handle, and its id is told', () => {
    const handle = { [HANDLE]: { kind: 'queue', id: '0:1', options: { maxsize: 3 } } satisfies HandleState }
    const { bytes, end, refs } = encodeAlone({ reply: handle, list: [handle] })
    expect(new Set(refs)).toEqual(new Set(['0:1']))
    const arrived = decode(bytes, 0, end, HANDLES) as { reply: typeof handle }
    expect(arrived.reply[HANDLE]).toEqual(handle[HANDLE])
    expect(encodeAlone({ none: 1 }).refs).toBeUndefined()
  })

  test('that a class was given a name for twice is refused, and one without a name', () => {
    expect(() => registerClass(class Other {}, { name: 'codec.Point' })).toThrow(TypeError)
    expect(() => registerClass(class {})).toThrow(TypeError)
    expect(() => registerClass(Point, { name: 'codec.Point' })).not.toThrow()
  })
})
