import { copy, NotSharedError, Queue, SharedArray, SharedStruct, SharedValue, ValueError } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import type { Places } from '../elsewhere.ts'
import type { Sharing } from '../shared.ts'

/** Python's `_Foo`. */
const fields = { x: 'int32', y: 'float64', z: 'q' } as const

const eitherWay = [
  ['with a lock', undefined],
  ['raw', { lock: false }],
] as const

/** Structs, seen from two contexts; and copies of all that can be in shared memory. */
export function sharedStructs(places: Places, sharing: Sharing): void {
  test.each(eitherWay)('and values and arrays are doubled in place elsewhere, %s (H4)', async (_name, options) => {
    const int = new SharedValue('i', 7, options)
    const double = new SharedValue('d', 1 / 3, options)
    const long = new SharedValue('q', 2n ** 33n, options)
    const struct = new SharedStruct(fields, { x: 3, y: 2 }, options)
    const array = new SharedArray('d', [...Array(10).keys()], options)
    const text = new SharedArray('c', 20, options)
    await text.setValue('hello')
    await places.one.run('doubleAll', [int, double, long], struct, array, text)
    expect([await int.get(), await double.get(), await long.get()]).toEqual([14, 2 / 3, 2n ** 34n])
    expect(await struct.get()).toEqual({ x: 6, y: 4, z: 0n })
    expect(await array.getAll()).toEqual([...Array(10).keys()].map((each) => 2 * each))
    expect([await text.getValue(), text.value]).toEqual(['hellohello', 'hellohello'])
  })

  test('have fields of their own types, where C has them, that begin with zero', async () => {
    const all = { flag: '?', letter: 'c', wide: 'u', short: 'h', double: 'd', byte: 'B', float: 'f' } as const
    const struct = new SharedStruct(all, { wide: '🦆', byte: 255 })
    const written = { flag: false, letter: '\0', wide: '🦆', short: 0, double: 0, byte: 255, float: 0 }
    expect(await struct.get()).toEqual(written)
    expect(await places.one.run('call', struct, 'get')).toEqual(written)
    await places.one.run('call', struct, 'set', { double: -0.5, letter: 'x', short: -2 })
    expect(struct.value).toEqual({ ...written, double: -0.5, letter: 'x', short: -2 })
    expect(Object.keys(struct.fields)).toEqual(Object.keys(all))
  })

  test('each field can what a value can, elsewhere too', async () => {
    const struct = new SharedStruct(fields, { x: 3 })
    expect(await places.one.run('addToField', struct, 'x', 4)).toBe(3)
    expect(struct.fields.x.atomic.add(1)).toBe(7)
    expect(await struct.fields.y.exchange(0.5)).toBe(0)
    await struct.fields.z.update((old) => old + 1n)
    expect([struct.fields.x.value, struct.fields.y.type]).toEqual([8, 'float64'])
    expect(await struct.get()).toEqual({ x: 8, y: 0.5, z: 1n })
  })

  test('what is of no field or another type is refused, and nothing of it is written', async () => {
    expect(() => new SharedStruct({})).toThrow(TypeError)
    expect(() => new SharedStruct({ x: 'wide' as 'i' })).toThrow(TypeError)
    expect(() => new SharedStruct(fields, { w: 1 } as never)).toThrow(TypeError)
    expect(() => new SharedStruct(fields, { x: 1 }, { lock: 'navalue' as never })).toThrow(TypeError)
    const struct = new SharedStruct(fields, { x: 1 })
    for (const wrong of [{ x: 2, w: 1 }, { x: 2, y: '1' }, undefined]) {
      await expect(struct.set(wrong as never)).rejects.toThrow(TypeError)
      await expect(struct.update(() => wrong as never)).rejects.toThrow(TypeError)
    }
    expect(await struct.get()).toEqual({ x: 1, y: 0, z: 0n })
  })

  test('what is updated in several contexts at once loses nothing, in no field', async () => {
    const struct = new SharedStruct(fields)
    const updates = [places.one, places.two].map((place) => place.run('raiseFields', struct, 100))
    for (let i = 0; i < 100; i++) await struct.update(({ x, y, z }) => ({ x: x + 1, y: y + 1, z: z + 1n }))
    await Promise.all(updates)
    expect(await struct.get()).toEqual({ x: 300, y: 300, z: 300n })
  })

  test('an update writes what it changes and nothing else', async () => {
    const struct = new SharedStruct(fields)
    await struct.update(async (old) => {
      struct.fields.x.atomic.add(5)
      return { ...old, y: 1 }
    })
    expect(await struct.get()).toEqual({ x: 5, y: 1, z: 0n })
  })

  test('have one lock for all fields, or none', async () => {
    const struct = new SharedStruct(fields)
    const { x } = struct.fields
    expect(() => {
      x.value = 1
    }).toThrow(ValueError)
    await struct.getLock().withLock(async () => {
      x.value = 1
      await struct.set({ y: 2 })
      expect(await places.one.run('tryLock', struct, 0)).toBe(false)
    })
    const raw = new SharedStruct(fields, {}, { lock: false })
    expect([raw.getLock, raw.update, raw.fields.x.update]).toEqual([undefined, undefined, undefined])
    raw.fields.x.value = 3
    expect([struct.value, raw.value]).toEqual([
      { x: 1, y: 2, z: 0n },
      { x: 3, y: 0, z: 0n },
    ])
    expect(() => Object.assign(struct.value, { x: 2 })).toThrow(TypeError)
  })

  test('keep their identity, and live as long as they lie in a queue', async () => {
    const carrier = new Queue<SharedStruct<typeof fields>>()
    await places.one.run('call', carrier, 'put', new SharedStruct(fields, { x: 41 }))
    const struct = await (await carrier.get()).ready()
    expect(await places.two.run('itself', struct)).toBe(struct)
    expect(await struct.fields.x.get()).toBe(41)
  })

  test('value is there at once where memory is shared, and says why not elsewhere', async () => {
    const read = places.one.run('readAtOnce', new SharedStruct(fields, { x: 7 }))
    if (sharing === 'shared') expect(await read).toEqual({ x: 7, y: 0, z: 0n })
    else await expect(read).rejects.toThrow(NotSharedError)
  })

  test('changes tell of what was done elsewhere', async () => {
    const struct = new SharedStruct(fields)
    let heard = (_now: unknown) => {}
    const subscription = struct.changes.subscribe({ next: (now) => heard(now) })
    // Behind the subscription.
    await places.one.run('call', struct, 'get')
    const arrival = new Promise((resolve) => {
      heard = resolve
    })
    await places.one.run('addToField', struct, 'x', 4)
    expect(await arrival).toEqual({ x: 4, y: 0, z: 0n })
    subscription.unsubscribe()
  })

  describe('copies', () => {
    test.each(eitherWay)('are independent of what they are copies of, %s (H4)', async (_name, options) => {
      const struct = new SharedStruct(fields, { x: 2, y: 5, z: 2n ** 33n }, options)
      const [value, array] = [new SharedValue('i', 7, options), new SharedArray('u', 'wörd🦆', options)]
      const copies = await Promise.all([copy(struct), copy(value), copy(array)])
      await struct.set({ x: 0, y: 0, z: 0 })
      await value.set(0)
      await array.fill('\0')
      const [structCopy, valueCopy, arrayCopy] = copies
      expect(await structCopy.get()).toEqual({ x: 2, y: 5, z: 2n ** 33n })
      expect([await valueCopy.get(), await arrayCopy.getValue()]).toEqual([7, 'wörd🦆'])
      for (const each of copies) expect(each.getLock === undefined).toBe(options !== undefined)
      await places.one.run('call', structCopy, 'set', { x: 9 })
      expect([await structCopy.fields.x.get(), await struct.fields.x.get()]).toEqual([9, 0])
    })

    test('have a lock of their own', async () => {
      const value = new SharedValue('i', 7)
      const other = await copy(value)
      await value.getLock().withLock(async () => {
        expect(await other.getLock().acquireNowait()).toBe(true)
        other.getLock().release()
        expect(await (await copy(value)).get()).toBe(7)
      })
    })
  })
}
