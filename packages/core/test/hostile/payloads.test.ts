import { describe, expect, test } from 'vitest'
import { decode, encodeAlone } from '../../src/codec.ts'
import { DecodeError } from '../../src/errors.ts'
import { registerClass } from '../../src/registry.ts'
import { concat } from './bytes.ts'

const NO_HANDLES = {
  handle: (): never => {
    throw new DecodeError('no handles here')
  },
}

function read(payload: Uint8Array): unknown {
  return decode(payload, 0, payload.length, NO_HANDLES)
}

const text = (of: string): Uint8Array => {
  const bytes = new TextEncoder().encode(of)
  return concat(Uint8Array.of(0xd9, bytes.length), bytes)
}
const fixed = (of: string): Uint8Array => concat(Uint8Array.of(0xa0 | of.length), new TextEncoder().encode(of))
/** As `Tagged` is written: a tag and a body. */
const tagged = (tag: string, ...body: Uint8Array[]): Uint8Array =>
  concat(Uint8Array.of(0xd4, 0x4d, 0, 0x92), fixed(tag), ...body)
const list = (...parts: Uint8Array[]): Uint8Array => concat(Uint8Array.of(0x90 | parts.length), ...parts)
const int = (of: number): Uint8Array => Uint8Array.of(of)
const nil = Uint8Array.of(0xc0)
const repeat = (times: number, part: Uint8Array): Uint8Array => concat(...Array.from({ length: times }, () => part))

describe('a property named __proto__', () => {
  const written = {
    'a short key': concat(Uint8Array.of(0x81), fixed('__proto__'), Uint8Array.of(0x81), fixed('polluted'), int(1)),
    'a key with a length of its own': concat(
      Uint8Array.of(0x81),
      text('__proto__'),
      Uint8Array.of(0x81),
      fixed('polluted'),
      int(1),
    ),
    'one of many keys': concat(Uint8Array.of(0xde, 0, 2), fixed('a'), int(1), fixed('__proto__'), nil),
    'deep inside': list(list(concat(Uint8Array.of(0x81), fixed('__proto__'), list()))),
    'a tagged object': tagged('o', list(fixed('__proto__'), concat(Uint8Array.of(0x81), fixed('polluted'), int(1)))),
    'an object of a graph': tagged('g', list(list(fixed('o'), list(fixed('__proto__'), int(1))))),
    'the own property of an error': tagged(
      'e',
      list(nil, fixed('Error'), fixed('m'), fixed('s'), list(), nil, list(fixed('__proto__'), int(1))),
    ),
  }

  test.each(Object.entries(written))('is refused as %s', (_where, payload) => {
    expect(() => read(payload)).toThrow(DecodeError)
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
    expect(Object.keys(Object.prototype)).toEqual([])
  })

  test('is no reason to refuse one that only ends like it', () => {
    const payload = concat(Uint8Array.of(0x81), fixed('a__proto__'), int(1))
    expect(read(payload)).toEqual({ a__proto__: 1 })
    expect(read(concat(Uint8Array.of(0x81), text('a__proto__'), int(1)))).toEqual({ a__proto__: 1 })
  })

  test('is not looked for in constructor and prototype, which are names like others', () => {
    const payload = encodeAlone({ constructor: { prototype: { polluted: 1 } } }).bytes
    expect(read(payload)).toEqual({ constructor: { prototype: { polluted: 1 } } })
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })
})

/** Payloads that are no values, each for one reason. */
const REFUSED: Readonly<Record<string, Uint8Array>> = {
  'nothing at all': new Uint8Array(0),
  'a list that promises 4 billion': Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff),
  'a list that promises 30 million': Uint8Array.of(0xdd, 0x01, 0xc0, 0, 0),
  'lists that promise 60 thousand each': repeat(2000, Uint8Array.of(0xdc, 0xff, 0xff)),
  'a map that promises 4 billion': Uint8Array.of(0xdf, 0xff, 0xff, 0xff, 0xff, 0xa1, 0x61, 1),
  'a string longer than the payload': Uint8Array.of(0xdb, 0xff, 0xff, 0xff, 0xff, 0x61),
  'a short string longer than the payload': Uint8Array.of(0x92, 0xbf, 0x61),
  'a binary longer than the payload': Uint8Array.of(0xc6, 0xff, 0xff, 0xff, 0xff, 0x61),
  'an extension longer than the payload': Uint8Array.of(0xc9, 0xff, 0xff, 0xff, 0xff, 0x42, 1),
  'half a number': Uint8Array.of(0xcb, 1, 2, 3),
  'a value and more': Uint8Array.of(0x92, 1, 2, 3),
  'a byte that means nothing': Uint8Array.of(0x91, 0xc1),
  'a raw value of no kind': Uint8Array.of(0xc1, 77, 1, 2),
  'a raw array of numbers that does not come out even': Uint8Array.of(0xc1, 9, 1, 2, 3),
  'a tag that nobody knows': tagged('?', list()),
  'a tag that is no string': concat(Uint8Array.of(0xd4, 0x4d, 0, 0x92), int(1), list()),
  'a tag without a body': concat(Uint8Array.of(0xd4, 0x4d, 0, 0x91), fixed('m')),
  'a tag on its own': Uint8Array.of(0xd4, 0x4d, 0),
  'a date that is no number': tagged('d', fixed('now')),
  'an expression that does not compile': tagged('x', list(fixed('('), fixed(''))),
  'flags that do not exist': tagged('x', list(fixed('a'), fixed('qq'))),
  'a binary of no kind': tagged('b', list(int(99), Uint8Array.of(0xc4, 1, 1))),
  'a binary without bytes': tagged('b', list(int(0), fixed('bytes'))),
  'a handle where there can be none': tagged('h', list(fixed('queue'), fixed('0:1'), nil)),
  'a class that is not registered': tagged('c', list(fixed('Object'), list())),
  'a class of the language': tagged('c', list(fixed('Function'), fixed('return 1'))),
  'an error without its parts': tagged('e', list()),
  'an error of a class that is none': tagged(
    'e',
    list(int(1), fixed('E'), fixed('m'), fixed('s'), list(), nil, list()),
  ),
  'a reference to nothing': tagged('r', int(0)),
  'a reference beyond the graph': tagged('g', list(list(fixed('a'), list(tagged('r', int(9)))))),
  'a reference that is no number': tagged('g', list(list(fixed('a'), list(tagged('r', fixed('length')))))),
  'a reference where none is replaced': tagged('g', list(list(fixed('a'), list(list(tagged('r', int(0))))))),
  'an empty graph': tagged('g', list()),
  'a graph of no containers': tagged('g', list(int(1))),
  'a record, which msgpackr compiles': concat(Uint8Array.of(0xd4, 0x72, 0x40), list(fixed('a')), int(1)),
  'an error of msgpackr': concat(Uint8Array.of(0xd6, 0x65, 0, 0, 0, 0), list(fixed('Error'), fixed('m'))),
  'a set of msgpackr': concat(Uint8Array.of(0xd4, 0x73, 0), list(int(1))),
  'an expression of msgpackr': concat(Uint8Array.of(0xd4, 0x78, 0), list(fixed('(a+)+b'), fixed(''))),
  'a reference of msgpackr': concat(Uint8Array.of(0xd6, 0x69, 0, 0, 0, 1, 0x91), Uint8Array.of(0xd6, 0x70, 0, 0, 0, 1)),
  'a bundle of msgpackr': concat(Uint8Array.of(0xd6, 0x62, 0xff, 0xff, 0xff, 0xf0), fixed('a'), fixed('b')),
  'a date of msgpackr': Uint8Array.of(0xd6, 0xff, 0, 0, 0, 1),
  'numbers of msgpackr': Uint8Array.of(0xc7, 3, 0x74, 1, 5, 6),
  'a tag in another form': concat(Uint8Array.of(0xd5, 0x4d, 0, 0), list(fixed('m'), list())),
}

describe('a payload is refused that is', () => {
  test.each(Object.entries(REFUSED))('%s', (_what, payload) => {
    expect(() => read(payload)).toThrow(DecodeError)
  })

  test.each([1_000, 100_000, 4_000_000])('nested %d deep, in whatever', (depth) => {
    const count = Math.max(depth, 3_000)
    for (const level of [
      int(0x91),
      concat(int(0x81), fixed('a')),
      concat(Uint8Array.of(0xd4, 0x4d, 0, 0x92), fixed('a'), int(0x91)),
    ]) {
      const payload = new Uint8Array(count * level.length + 1)
      for (let i = 0; i < count; i++) payload.set(level, i * level.length)
      payload[payload.length - 1] = 0xc0
      expect(() => read(payload)).toThrow(DecodeError)
    }
  })
})

test('a few shared objects are not printed a billion times over', () => {
  const top: unknown[] = []
  let last = top
  for (let i = 0; i < 40; i++) {
    const next: unknown[] = []
    last.push(next, next)
    last = next
  }
  const payload = encodeAlone(top).bytes
  expect(read(payload)).toHaveLength(2)
  const began = performance.now()
  expect(() => read(concat(payload, nil))).toThrow(DecodeError)
  expect(() => read(concat(Uint8Array.of(0xd4, 0x4d, 0, 0x92), payload, list()))).toThrow(DecodeError)
  expect(performance.now() - began).toBeLessThan(20_000)
})

test('a false length allocates nothing', () => {
  const lies = [0xc6, 0xc9, 0xdb, 0xdd, 0xdf].map((token) =>
    Uint8Array.of(token, 0x0f, 0xff, 0xff, 0xff, 0x42, 1, 2, 3),
  )
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  for (const lie of lies) for (let i = 0; i < 200; i++) expect(() => read(lie)).toThrow(DecodeError)
  const now = process.memoryUsage()
  expect(now.arrayBuffers + now.heapUsed - arrayBuffers - heapUsed).toBeLessThan(50e6)
})

test('what a registered class does with a state that is none of its own ends as a DecodeError', () => {
  class Suspicious {
    readonly state: number[]

    constructor(state: number[]) {
      this.state = state
    }
  }
  registerClass(Suspicious, {
    encode: ({ state }) => state,
    decode: (state) => new Suspicious(state.map((n) => n + 1)),
  })
  expect(read(tagged('c', list(fixed('Suspicious'), list(int(1)))))).toEqual(new Suspicious([2]))
  expect(() => read(tagged('c', list(fixed('Suspicious'), int(1))))).toThrow(DecodeError)
})
