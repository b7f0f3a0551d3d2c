import * as Chunk from 'effect/Chunk'
import * as Option from 'effect/Option'
import { describe, expect, test } from 'vitest'
import { decode, encode, encodeAlone } from '../src/codec.ts'
import { EncodeError } from '../src/errors.ts'

const NO_HANDLES = { handle: () => ({}) }

function refusal(value: unknown): EncodeError {
  try {
    encode(value)
  } catch (error) {
    if (error instanceof EncodeError) return error
    throw error
  }
  throw new Error('it was encoded')
}

class Unknown {}

function transferred<T extends ArrayBufferView>(view: T): T {
  structuredClone(view.buffer, { transfer: [view.buffer as ArrayBuffer] })
  return view
}

describe('what cannot travel is refused', () => {
  const culprits: ReadonlyArray<readonly [what: string, culprit: unknown, said: RegExp]> = [
    ['a function', () => 1, /a function.*call it there/],
    ['a class', Unknown, /a function/],
    ['a symbol', Symbol('s'), /a symbol.*name/],
    ['a promise', Promise.resolve(1), /a Promise.*await/],
    ['an instance of an unregistered class', new Unknown(), /instance of Unknown.*registerClass\(Unknown\)/],
    ['a weak map', new WeakMap(), /a WeakMap.*send what is in it/],
    ['bytes that were transferred', transferred(new Uint8Array(8)), /buffer was transferred/],
    ['a view that was transferred', transferred(new DataView(new ArrayBuffer(50_000))), /buffer was transferred/],
    ['a buffer that was transferred', transferred(new Uint8Array(8)).buffer, /buffer was transferred/],
    ['a generator', (function* () {})(), /a Generator.*of no class/],
    ['an Option', Option.some(1), /an Option.*of no class that could be registered: send plain data/],
    ['a Chunk', Chunk.make(1), /a Chunk.*of no class/],
    ['an object with a prototype of its own', Object.create({ a: 1 }), /an object.*of no class/],
  ]

  test.each(culprits)('%s, wherever it is, by its path', (_what, culprit, said) => {
    const places: ReadonlyArray<readonly [value: unknown, path: string]> = [
      [culprit, ''],
      [[1, culprit], '[1]'],
      [{ user: { friends: [0, 1, culprit] } }, '.user.friends[2]'],
      [{ deep: new Set([culprit]) }, '.deep[0]'],
      [{ error: new Error('e', { cause: [culprit] }) }, '.error.cause[0]'],
      [[[], { a: culprit }, 'after'], '[1].a'],
    ]
    for (const [value, path] of places) {
      const error = refusal(value)
      expect(error.path).toBe(path)
      expect(error.message).toMatch(said)
      if (path !== '') expect(error.message).toContain(` at ${path}`)
    }
  })

  test('nesting beyond 500 levels', () => {
    let deep: unknown = 1
    for (let i = 0; i < 600; i++) deep = [deep]
    expect(refusal(deep).message).toMatch(/deeper than 500/)
  })

  test('a property named __proto__', () => {
    expect(refusal(JSON.parse('{"a": {"__proto__": 1}}')).path).toBe('.a')
  })

  test('what a getter or a class throws while it is looked at', () => {
    const value = {
      get broken(): never {
        throw new TypeError('no')
      },
    }
    expect(() => encode(value)).toThrow()
    expect(decode(encode([1]).bytes, encode([1]).start, encode([1]).end, NO_HANDLES)).toEqual([1])
  })
})

describe('an encoded value is a snapshot', () => {
  test('of which later changes show nothing', () => {
    const value = { list: [1], map: new Map([['a', { b: 1 }]]), bytes: Uint8Array.of(1, 2), date: new Date(1) }
    const { bytes, end } = encodeAlone(value)
    value.list.push(2)
    value.map.get('a')!.b = 2
    value.bytes.fill(9)
    value.date.setTime(2)
    expect(decode(bytes, 0, end, NO_HANDLES)).toEqual({
      list: [1],
      map: new Map([['a', { b: 1 }]]),
      bytes: Uint8Array.of(1, 2),
      date: new Date(1),
    })
  })

  test.each([
    ['on its own', (bytes: Uint8Array) => bytes],
    ['inside', (bytes: Uint8Array) => ({ a: [bytes] })],
  ])('whose binaries share no memory with the bytes, %s', (_where, wrap) => {
    const { bytes, end } = encodeAlone(wrap(Uint8Array.of(1, 2, 3)))
    const [a, b] = [decode(bytes, 0, end, NO_HANDLES), decode(bytes, 0, end, NO_HANDLES)]
    bytes.fill(0xff)
    expect(a).toEqual(wrap(Uint8Array.of(1, 2, 3)))
    const binary = (a instanceof Uint8Array ? a : (a as { a: Uint8Array[] }).a[0])!
    binary.fill(7)
    expect(b).toEqual(wrap(Uint8Array.of(1, 2, 3)))
    // Not a window into something larger, which would keep that alive, and give it away.
    expect(binary.buffer.byteLength).toBe(3)
  })
})
