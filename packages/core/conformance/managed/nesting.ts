import { Pipe, Queue, SharedList, SharedMap } from '@millrace/core'
import { expect, test } from 'vitest'
import type { Places } from '../elsewhere.ts'

export function nesting(places: Places): void {
  test('a list in a list is one list, seen from everywhere (M1)', async () => {
    const a = new SharedList<unknown>([1, 2])
    const b = new SharedList<unknown>()
    const e = new SharedList([a, b])
    const f = new SharedList([a])
    expect(await e.get(0)).toBe(a)
    await places.one.run('call', a, 'append', 'hello')
    expect(await (await f.get(0)).at(-1)).toBe('hello')
    expect((await places.one.run('call', f, 'slice')) as unknown[]).toEqual([a])
  })

  test('each of several lists in a list is changed by itself (M2)', async () => {
    const lists = [1, 2, 3].map((n) => new SharedList([n, n, n]))
    const outer = new SharedList(lists)
    await (await outer.get(0)).set(-1, 55)
    expect(await (await outer.get(1)).pop()).toBe(2)
    expect(await Promise.all(lists.map((list) => list.length()))).toEqual([3, 2, 3])
    expect(await lists[0]?.slice()).toEqual([1, 1, 55])
    const itself = new SharedList<unknown>()
    await itself.append(itself)
    expect(await itself.get(0)).toBe(itself)
  })

  test('what lies in a map lives on without its maker, to any depth', async () => {
    const map = new SharedMap<string, SharedList>()
    const deep = new SharedMap([['queue', new Queue<string>()]])
    const maker = await places.start()
    await maker.run('leaveList', map, 'list', new SharedList([deep]))
    await maker.kill()
    await places.one.run('appendTo', map, 'list', 'appended')
    const list = (await map.get('list')) as SharedList
    const [inner, ...rest] = (await list.slice()) as [SharedList, ...unknown[]]
    expect(rest).toEqual(['made elsewhere', 'appended'])
    const found = (await inner.get(0)) as typeof deep
    const queue = (await found.get('queue')) as Queue<string>
    await queue.put('item')
    expect(await queue.get()).toBe('item')
  })

  test('a connection is handed over, so it cannot be kept in a map', async () => {
    const [end] = Pipe()
    const map = new SharedMap<string, unknown>()
    await expect(map.set('end', end)).rejects.toThrow(/put it in a queue/)
    expect(end.closed).toBe(false)
  })
}
