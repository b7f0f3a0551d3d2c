import { EncodeError, KeyError, Namespace, SharedMap } from '@millrace/core'
import { expect, test } from 'vitest'
import type { Places } from '../elsewhere.ts'

export function maps(places: Places): void {
  test('numbers stay numbers as keys, and all views agree, in the order in which the keys came (M3)', async () => {
    const letters = [65, 66, 67, 68, 69].map((code) => [code, String.fromCharCode(code)] as const)
    const map = new SharedMap(letters)
    await places.one.run('call', map, 'set', 67, 'C')
    expect(await map.copy()).toEqual(new Map(letters))
    expect(await map.keys()).toEqual([65, 66, 67, 68, 69])
    expect(await map.values()).toEqual(['A', 'B', 'C', 'D', 'E'])
    expect(await places.one.run('call', map, 'entries')).toEqual(letters)
    expect(await map.get('65' as never)).toBeUndefined()
    const seen: unknown[] = []
    for await (const entry of map) seen.push(entry)
    expect(seen).toEqual(letters)
  })

  test('a loop goes through the entries of one moment, whatever becomes of the map (M3, otherwise than in Python)', async () => {
    const map = new SharedMap([
      [1, 'a'],
      [2, 'b'],
    ])
    const entries = map[Symbol.asyncIterator]()
    expect((await entries.next()).value).toEqual([1, 'a'])
    await places.one.run('call', map, 'clear')
    expect((await entries.next()).value).toEqual([2, 'b'])
    expect(await entries.next()).toEqual({ done: true, value: undefined })
    expect(await map.size()).toBe(0)
  })

  test('a child does with a map what it does with a dict (M13)', async () => {
    const map = new SharedMap([['foo', 5]])
    const { one } = places
    expect(await one.run('call', map, 'size')).toBe(1)
    expect(await one.run('call', map, 'get', 'foo')).toBe(5)
    expect(await one.run('call', map, 'has', 'foo')).toBe(true)
    expect(await one.run('call', map, 'setDefault', 'foo', 6)).toBe(5)
    expect(await one.run('call', map, 'setDefault', 'bar', 6)).toBe(6)
    expect(await one.run('call', map, 'popItem')).toEqual(['bar', 6])
    expect(await one.run('call', map, 'pop', 'foo')).toBe(5)
    expect(await map.size()).toBe(0)
    expect(await one.run('call', map, 'pop', 'foo', 'none')).toBe('none')
    expect(await one.run('call', map, 'delete', 'foo')).toBe(false)
    for (const [method, ...args] of [['pop', 'foo'], ['popItem']] as const)
      expect(await one.run('refusalOf', map, method, ...args)).toBeInstanceOf(KeyError)
  })

  test('keys are equal by what they are', async () => {
    const map = new SharedMap<never, number>()
    const keys = [
      1,
      '1',
      1n,
      true,
      null,
      undefined,
      new Date(1),
      new Uint8Array([1]),
      [1, ['1']],
      Number.NaN,
      '',
      [1, '1'],
    ]
    for (const [i, key] of keys.entries()) await places.one.run('call', map, 'set', key, i)
    expect(await map.size()).toBe(keys.length)
    for (const [i, key] of keys.entries()) expect(await map.get(key as never)).toBe(i)
    await map.set(0 as never, 1)
    expect(await map.get(-0 as never)).toBe(1)
    for (const key of [{}, () => 0, new Map(), [{}], Symbol('s')])
      await expect(map.set(key as never, 1)).rejects.toThrow(EncodeError)
  })

  test('what cannot travel is refused with the path to the culprit, and the map is as it was', async () => {
    const map = new SharedMap<string, unknown>([['a', 1]])
    await expect(map.set('a', { deep: [() => 0] })).rejects.toThrow(/\.deep\[0\]/)
    await expect(map.update('a', () => ({ deep: Symbol('s') }))).rejects.toThrow(/\.deep/)
    await expect(map.update('a', () => undefined)).rejects.toThrow(TypeError)
    const failing = map.update('a', () => {
      throw new RangeError('changed my mind')
    })
    await expect(failing).rejects.toThrow(RangeError)
    expect(() => new SharedMap([['a', () => 0]])).toThrow(EncodeError)
    expect(await places.one.run('call', map, 'entries')).toEqual([['a', 1]])
  })

  test('a value is a copy: changing it changes nothing, update() does (G26)', async () => {
    const map = new SharedMap<string, number[]>([['x', []]])
    ;(await map.get('x'))?.push(1)
    expect(await map.get('x')).toEqual([])
    await map.update('x', (list = []) => [...list, 1])
    expect(await places.one.run('call', map, 'get', 'x')).toEqual([1])
  })

  test('a value is set only if its revision is still the same', async () => {
    const map = new SharedMap<string, number>()
    const absent = await map.getVersioned('a')
    expect(absent).toEqual({ value: undefined, revision: 0 })
    expect(await map.compareAndSet('a', 0, 1)).toBe(true)
    expect(await map.compareAndSet('a', 0, 2)).toBe(false)
    const { revision } = await map.getVersioned('a')
    await places.one.run('call', map, 'delete', 'a')
    await places.one.run('call', map, 'set', 'a', 1)
    expect(await map.compareAndSet('a', revision, 2)).toBe(false)
    expect(await map.get('a')).toBe(1)
  })

  test('more than a frame can hold is set, and got as of one moment', async () => {
    const map = new SharedMap<number, Uint8Array>()
    const large = (n: number) => new Uint8Array(3 * 1024 * 1024).fill(n)
    await map.setAll([0, 1, 2, 3, 4, 5, 6, 7].map((n) => [n, large(n)] as const))
    const entries = map.entries()
    const cleared = map.clear()
    const got = await entries
    expect(got.map(([n, bytes]) => [n, bytes.length, bytes[0]])).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7].map((n) => [n, 3 * 1024 * 1024, n]),
    )
    await cleared
    expect(await map.size()).toBe(0)
    await expect(map.set(1, new Uint8Array(17 * 1024 * 1024))).rejects.toThrow(/maxFrame/)
    expect(await map.size()).toBe(0)
  })

  test('a Blob is read first', async () => {
    const map = new SharedMap<string, Blob>()
    await map.set('blob', new Blob(['消息']))
    expect(await ((await map.get('blob')) as Blob).text()).toBe('消息')
  })

  test('a namespace is read in a child (M13)', async () => {
    const ns = new Namespace({ x: 0, y: 1 })
    expect(await places.one.run('call', ns, 'get', 'y')).toBe(1)
    await places.one.run('call', ns, 'set', 'x', 10)
    expect(await ns.get('x')).toBe(10)
    expect(await ns.toObject()).toEqual({ x: 10, y: 1 })
    expect(await ns.delete('x')).toBe(true)
    expect(await places.one.run('call', ns, 'get', 'x')).toBeUndefined()
  })
}
