import {
  ClosedError,
  FileExistsError,
  FileNotFoundError,
  IndexError,
  NotSharedError,
  Queue,
  type ShareableItem,
  ShareableList,
  SharedMemory,
  ValueError,
} from '@millrace/core'
import { encode } from '@millrace/core/internal'
import { describe, expect, test } from 'vitest'
import type { Places } from '../elsewhere.ts'
import type { Sharing } from '../shared.ts'

const bytesOf = (word: string) => Uint8Array.from(word, (character) => character.charCodeAt(0))

/** One of each type, as in Python's own tests. */
const samples = ['howdy', bytesOf('HoWdY'), -273.154, 100, null, true, 42] as const
const sampleList = () => new ShareableList<ShareableItem>(samples)

let names = 0
const newName = () => `list-${++names}`

/** Lists in named blocks, seen from two contexts. */
export function shareableLists(places: Places, sharing: Sharing): void {
  test('have items of any type, a length, indexes from both ends, and a format (H12)', async () => {
    const list = sampleList()
    expect([list.length, [...list], list.format]).toEqual([7, [...samples], '8s8sdqxxxxxx?xxxxxxxx?q'])
    expect([list.at(0), list.at(-2)]).toEqual(['howdy', true])
    expect(() => list.at(7)).toThrow(IndexError)
    expect(() => list.at(-8)).toThrow(IndexError)
    await expect(list.get(7)).rejects.toThrow(IndexError)
    await expect(list.set(7, 1)).rejects.toThrow(IndexError)
    expect(await list.index(100)).toBe(3)
    await expect(list.index('100')).rejects.toThrow(ValueError)
    expect(await list.indexOf('100')).toBe(-1)
  })

  test('take another item, of another type too, and count what is the same (H12)', async () => {
    const list = sampleList()
    await list.set(3, 42)
    await list.set(4, 'some')
    expect([...list]).toEqual(['howdy', bytesOf('HoWdY'), -273.154, 42, 'some', true, 42])
    expect(list.format).toBe('8s8sdq8sxxxxxxx?q')
    expect(await Promise.all([42, bytesOf('HoWdY'), bytesOf('adios')].map((item) => list.count(item)))).toEqual([
      2, 1, 0,
    ])
  })

  test('refuse what is longer than its slot, and spill nothing into the next (H12)', async () => {
    const list = sampleList()
    await list.set(0, 'encodés')
    for (const [index, item] of [
      [0, 'encodées'],
      [1, bytesOf('123456789')],
      [4, 'far too many'],
    ] as const)
      await expect(list.set(index, item)).rejects.toThrow(ValueError)
    expect([...list]).toEqual(['encodés', ...samples.slice(1)])
    await places.one.run('call', list, 'set', 0, 'seven..')
    await expect(places.one.run('call', list, 'set', 0, 'more than 8')).rejects.toThrow(ValueError)
    expect([...list]).toEqual(['seven..', ...samples.slice(1)])
  })

  test('that are empty have no length and no format, and nothing is in them (H12)', async () => {
    const list = new ShareableList([])
    expect([list.length, list.format, [...list]]).toEqual([0, '', []])
    await expect(list.index(null)).rejects.toThrow(ValueError)
    expect(await places.one.run('call', list, 'getAll')).toEqual([])
  })

  test('give items back as they were, elsewhere too, what Python would lose included', async () => {
    const items = [
      'NUL at the end\0\0',
      new Uint8Array(9),
      '',
      '消息 🦆',
      -0,
      Number.NaN,
      1e300,
      2 ** 53,
      Number.MIN_SAFE_INTEGER,
      -(2n ** 63n),
      42n,
      false,
    ]
    const list = new ShareableList(items)
    expect([...list]).toEqual(items)
    expect(await places.one.run('call', list, 'getAll')).toEqual(items)
    expect(await places.one.run('call', list, 'get', 0)).toBe(items[0])
    expect(await list.count(Number.NaN)).toBe(1)
    expect(await list.indexOf(42)).toBe(-1)
  })

  test('refuse what can be no item before anything is made', async () => {
    for (const item of [{}, () => {}, [1], Symbol('none')])
      expect(() => new ShareableList([item as never])).toThrow(TypeError)
    for (const item of [2n ** 63n, '\ud800']) expect(() => new ShareableList([item])).toThrow(ValueError)
  })

  test('a number stays a float where a float was, so that one is replaced by another in one step', async () => {
    const list = new ShareableList([0.5, 1])
    await list.set(0, 2)
    await places.one.run('call', list, 'set', 0, 3)
    expect([list.at(0), list.format]).toEqual([3, 'dq'])
    await list.set(1, 0.25)
    expect([list.at(1), list.format]).toEqual([0.25, 'dd'])
  })

  test('are the same list elsewhere: what either writes the other reads (H14)', async () => {
    const list = sampleList()
    expect(await places.one.run('call', list, 'getAll')).toEqual([...samples])
    await places.one.run('call', list, 'set', -1, 43)
    await places.one.run('call', list, 'set', 4, 'text')
    expect([list.at(-1), list.at(4)]).toEqual([43, 'text'])
    await list.set(0, 'hello')
    expect(await places.two.run('call', list, 'get', 0)).toBe('hello')
    expect(await places.two.run('itself', list)).toBe(list)
  })

  test('at reads at once where memory is shared, and says why not elsewhere', async () => {
    const read = places.one.run('readItemAtOnce', sampleList(), 0)
    if (sharing === 'shared') expect(await read).toBe('howdy')
    else await expect(read).rejects.toThrow(NotSharedError)
  })

  test('are sent as a name, however long they are (H14)', () => {
    const sizeOf = (length: number) => {
      const { start, end } = encode(new ShareableList(Array.from({ length }, (_, index) => index)))
      return end - start
    }
    const short = sizeOf(10)
    // A number of items takes a few bytes more if it is large.
    for (const length of [400, 40_000]) expect(sizeOf(length) - short).toBeLessThan(20)
  })

  test('to send one is to send a name: after unlink() it is refused where it arrives (H14)', async () => {
    const list = sampleList()
    const carrier = new Queue<typeof list>()
    await carrier.put(list)
    await list.shm.unlink()
    await expect(places.one.run('takeList', carrier)).rejects.toThrow(FileNotFoundError)
    expect(list.at(0)).toBe('howdy')
    list.shm.close()
    expect(() => list.at(0)).toThrow(ClosedError)
    await expect(list.get(0)).rejects.toThrow(ClosedError)
  })

  describe('by name', () => {
    test('a list of a list is a copy, and one that is only named is the same (H14)', async () => {
      const [list, name] = [sampleList(), newName()]
      const copy = await ShareableList.open({ name, items: list })
      expect([copy.shm.name, [...copy], copy.format]).toEqual([name, [...list], list.format])
      await copy.set(-1, 77)
      expect([copy.at(-1), list.at(-1)]).toEqual([77, 42])
      await places.one.run('setByName', list, list.shm.name, -1, 880)
      await places.one.run('setByName', list, name, -1, 881)
      expect([list.at(-1), copy.at(-1)]).toEqual([880, 881])
    })

    test('are found from the moment that they are made, whole, and not under a name that is taken', async () => {
      const name = newName()
      const made = ShareableList.open({ name, items: [1, 2, 3] })
      const found = places.one.run('getByName', new ShareableList([]), name)
      expect(await (await made).getAll()).toEqual([1, 2, 3])
      expect([undefined, [1, 2, 3]]).toContainEqual(await found.catch(() => undefined))
      await expect(ShareableList.open({ name, items: [4] })).rejects.toThrow(FileExistsError)
    })

    test('are refused if nothing has the name, or what has it is no list', async () => {
      await expect(ShareableList.open({ name: newName() })).rejects.toThrow(FileNotFoundError)
      await expect(ShareableList.open({})).rejects.toThrow(ValueError)
      for (const content of [[1], [255, 255, 255, 255, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0, 8]]) {
        const block = await SharedMemory.open({ create: true, size: content.length === 1 ? 1 : 24 })
        await block.write(Uint8Array.from(content))
        await expect(ShareableList.open({ name: block.name }).then((list) => list.getAll())).rejects.toThrow(ValueError)
      }
    })
  })
}
