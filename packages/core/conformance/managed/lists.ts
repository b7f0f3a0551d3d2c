import { IndexError, SharedList, ValueError } from '@millrace/core'
import { expect, test } from 'vitest'
import type { Places } from '../elsewhere.ts'
import { range } from '../observed.ts'

export function lists(places: Places): void {
  test('a list is extended, read in part, and repeated (M1)', async () => {
    const a = new SharedList(range(10))
    const b = new SharedList<number>()
    await b.extend(range(5))
    expect(await b.get(2)).toBe(2)
    expect(await a.slice(2, 10)).toEqual([2, 3, 4, 5, 6, 7, 8, 9])
    await places.one.run('call', b, 'imul', 2)
    expect(await b.slice()).toEqual([...range(5), ...range(5)])
    expect(await b.concat([5, 6])).toHaveLength(12)
    expect(await b.length()).toBe(10)
    expect(await a.slice()).toEqual(range(10))
  })

  test('a loop goes through the items of the moment at which it begins (M2)', async () => {
    const list = new SharedList(range(10))
    const items = list[Symbol.asyncIterator]()
    await places.one.run('call', list, 'set', 0, 100)
    expect((await items.next()).value).toBe(100)
    const seen = [100]
    for await (const item of items) {
      if (seen.length === 1) await list.clear()
      seen.push(item)
    }
    expect(seen).toEqual([100, ...range(10).slice(1)])
    expect(await items.next()).toEqual({ done: true, value: undefined })
  })

  test('a child does with a list what it does with Python’s (M13)', async () => {
    const list = new SharedList([5])
    const { one } = places
    const call = (method: string, ...args: unknown[]) => one.run('call', list, method, ...args)
    expect([await call('count', 5), await call('index', 5)]).toEqual([1, 0])
    await call('sort')
    await call('reverse')
    expect([await call('length'), await call('pop', 0), await list.length()]).toEqual([1, 5, 0])
    await call('extend', [3, 1, 10, 2])
    await call('sort')
    expect(await list.slice()).toEqual([1, 2, 3, 10])
    await call('insert', 1, 7)
    await call('insert', -1, 8)
    await call('insert', 99, 9)
    expect(await list.slice()).toEqual([1, 7, 2, 3, 8, 10, 9])
    await call('remove', 7)
    expect(await call('splice', 1, 2, 4, 5, 6)).toEqual([2, 3])
    expect(await list.slice()).toEqual([1, 4, 5, 6, 8, 10, 9])
    expect([await list.get(-1), await list.at(-7), await list.at(-8), await list.at(7)]).toEqual([
      9,
      1,
      undefined,
      undefined,
    ])
    expect([await list.slice(-2), await list.slice(1, -4), await list.slice(5, 2)]).toEqual([[10, 9], [4, 5], []])
    expect([await list.includes(4), await list.indexOf(4, 2), await list.indexOf(4, 0, 1)]).toEqual([true, -1, -1])
    await list.sort((a, b) => b - a)
    expect(await list.slice()).toEqual([10, 9, 8, 6, 5, 4, 1])
  })

  test('misuse is refused with the same class everywhere, and the list is as it was (M13)', async () => {
    const list = new SharedList(['a'])
    const { one } = places
    for (const [method, ...args] of [
      ['get', 1],
      ['get', -2],
      ['set', 1, 'b'],
      ['pop', 3],
      ['pop', -2],
    ] as const)
      expect(await one.run('refusalOf', list, method, ...args)).toBeInstanceOf(IndexError)
    for (const method of ['remove', 'index'])
      expect(await one.run('refusalOf', list, method, 'b')).toBeInstanceOf(ValueError)
    expect(await one.run('refusalOf', list, 'get', 0.5)).toBeInstanceOf(TypeError)
    await expect(list.update(1, (item) => item)).rejects.toThrow(IndexError)
    await expect(list.push('b', (() => 0) as never)).rejects.toThrow(/function/)
    expect(await list.slice()).toEqual(['a'])
    const empty = new SharedList()
    await expect(empty.pop()).rejects.toThrow(IndexError)
  })

  test('items are equal by what they are', async () => {
    const list = new SharedList<unknown>([{ a: [1] }, '1', 1, { a: [1] }])
    expect([await list.indexOf(1), await list.indexOf('1'), await list.count({ a: [1] })]).toEqual([2, 1, 2])
  })

  test('an item is set only if its revision is still the same, wherever it is by then', async () => {
    const list = new SharedList(['a', 'b'])
    const { revision } = await list.getVersioned(0)
    await places.one.run('call', list, 'insert', 0, 'new')
    expect(await list.compareAndSet(0, revision, 'x')).toBe(false)
    expect(await list.compareAndSet(1, revision, 'x')).toBe(true)
    expect(await list.slice()).toEqual(['new', 'x', 'b'])
  })
}
