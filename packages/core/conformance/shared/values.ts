import { type ElementType, Lock, NotSharedError, Queue, RawValue, RLock, SharedValue, ValueError } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import type { Places } from '../elsewhere.ts'
import type { Sharing } from '../shared.ts'

/** Type codes of Python with a first and a second value (H1), and readable names. */
const samples: ReadonlyArray<readonly [ElementType, unknown, unknown]> = [
  ['i', 4343, 24234],
  ['d', 3.625, -4.25],
  ['h', -232, 234],
  ['q', 2n ** 33n, 2n ** 34n],
  ['c', 'x', 'y'],
  ['u', '消', '🦆'],
  ['?', false, true],
  ['uint8', 0, 255],
  ['uint64', 0n, 2n ** 64n - 1n],
  ['float32', 0.5, -0.25],
]

/** One value, seen from two contexts. */
export function sharedValues(places: Places, sharing: Sharing): void {
  test.each(samples)(
    'a %s that is assigned elsewhere is read here, with a lock and raw (H1)',
    async (type, first, then) => {
      const values = [new SharedValue(type, first as number), new RawValue(type, first as number)]
      expect(await Promise.all(values.map((value) => value.get()))).toEqual([first, first])
      await places.one.run('assignAll', values, [then, then])
      expect(await Promise.all(values.map((value) => value.get()))).toEqual([then, then])
      await places.two.run('assignAll', values, [first, first])
      expect(await Promise.all(values.map((value) => value.get()))).toEqual([first, first])
    },
  )

  test('value is there at once where memory is shared, and says why not and what to do elsewhere', async () => {
    const value = new SharedValue('i', 7)
    const read = places.one.run('readAtOnce', value)
    if (sharing === 'shared') expect(await read).toBe(7)
    else {
      await expect(read).rejects.toThrow(NotSharedError)
      await expect(read).rejects.toThrow(/koffi|Cross-Origin-Opener-Policy/)
    }
  })

  test('what several contexts add at once is all there (G28)', async () => {
    const [value, float] = [new SharedValue('i', 0), new SharedValue('d', 0)]
    const runs = [value, float].flatMap((each) =>
      [places.one, places.two].map((place) => place.run('addTimes', each, 500)),
    )
    for (let i = 0; i < 500; i++) {
      await value.add(1)
      await float.add(1)
    }
    await Promise.all(runs)
    expect([await value.get(), await float.get()]).toEqual([1500, 1500])
  })

  test('atomic operations resolve with what was there before, and see what others wrote', async () => {
    const value = new SharedValue('int32', 12)
    await places.one.run('call', value, 'add', 3)
    expect(await value.sub(1)).toBe(15)
    expect(await places.one.run('call', value, 'and', 12)).toBe(14)
    expect(await value.or(3)).toBe(12)
    expect(await places.two.run('call', value, 'exchange', 1)).toBe(15)
    expect(await places.one.run('call', value, 'compareExchange', 2, 9)).toBe(1)
    expect(await value.compareExchange(1, 9)).toBe(1)
    expect(await places.two.run('call', value, 'get')).toBe(9)
  })

  test('integers wrap as those of ctypes do, and values of other types are refused, elsewhere too', async () => {
    const value = new SharedValue('b', 127)
    await places.one.run('call', value, 'add', 1)
    expect(await value.get()).toBe(-128)
    await places.one.run('call', value, 'set', 255 + 2)
    expect(await value.get()).toBe(1)
    for (const wrong of [1.5, '1', Number.NaN]) {
      await expect(value.set(wrong as number)).rejects.toThrow(TypeError)
      await expect(places.one.run('call', value, 'set', wrong)).rejects.toThrow(TypeError)
    }
    expect(await value.get()).toBe(1)
  })

  test('what is updated in several contexts at once loses nothing, nor what is added meanwhile', async () => {
    const value = new SharedValue('i', 0)
    const updates = [places.one, places.two].map((place) => place.run('updateTimes', value, 300))
    const adds = places.one.run('addTimes', value, 300)
    for (let i = 0; i < 300; i++) await value.update(async (old) => old + 1)
    await Promise.all([...updates, adds])
    expect(await value.get()).toBe(1200)
  })

  test('lock: false has neither a lock nor update, and a lock that is none is refused (H2)', async () => {
    for (const raw of [new SharedValue('i', 1, { lock: false }), new RawValue('i', 1)]) {
      expect([raw.getLock, raw.update]).toEqual([undefined, undefined])
      raw.value = 2
      expect(raw.value).toBe(2)
    }
    expect(() => new SharedValue('i', 1, { lock: 'navalue' as never })).toThrow(TypeError)
    expect(() => new SharedValue('nothing' as 'i')).toThrow(TypeError)
  })

  test('a given lock is the lock, here and elsewhere (H2)', async () => {
    const first = new SharedValue('i', 0)
    const lock = first.getLock()
    const second = new SharedValue('i', 0, { lock })
    expect(second.getLock()).toBe(lock)
    await lock.acquire()
    expect(await places.one.run('tryLock', second, 20)).toBe(false)
    lock.release()
    expect(await places.one.run('tryLock', second, 20_000)).toBe(true)
    expect(await lock.acquire({ timeout: 20 })).toBe(false)
    await places.one.run('giveLock', second)
    expect(await lock.acquire()).toBe(true)
    lock.release()
  })

  test.each([
    ['Lock', () => new Lock()],
    ['RLock', () => new RLock()],
  ])('a %s that is given is held while the value is used under it (H2)', async (_name, make) => {
    const lock = make()
    const value = new SharedValue('i', 0, { lock })
    expect(value.getLock()).toBe(lock)
    expect(() => {
      value.value = 1
    }).toThrow(ValueError)
    await lock.withLock(async () => {
      value.value = 1
      await value.set((await value.get()) + 1)
      await value.update((old) => old + 1)
    })
    await places.one.run('updateTimes', value, 2)
    expect(await value.get()).toBe(5)
  })

  test('an assignment takes the lock, so that += cannot lose what others add', async () => {
    const value = new SharedValue('i', 1)
    expect(() => {
      value.value += 1
    }).toThrow(ValueError)
    await value.getLock().withLock(() => {
      value.value += 1
    })
    expect(await value.get()).toBe(2)
  })

  test('a value keeps its identity, and lives as long as it lies in a queue', async () => {
    const carrier = new Queue<SharedValue<'i'>>()
    await places.one.run('call', carrier, 'put', new SharedValue('i', 41))
    const value = await (await carrier.get()).ready()
    await places.one.run('assignAll', [value], [42])
    expect(await value.get()).toBe(42)
    expect(await places.two.run('itself', value)).toBe(value)
  })

  describe('changes', () => {
    test('tell of what was done elsewhere, until nobody wants to know', async () => {
      const value = new SharedValue('i', 0)
      const seen: number[] = []
      let heard = () => {}
      const subscription = value.changes.subscribe({
        next(now) {
          seen.push(now)
          heard()
        },
      })
      // Behind the subscription.
      await places.one.run('call', value, 'get')
      for (const wanted of [5, 6]) {
        const arrival = new Promise<void>((resolve) => {
          heard = () => seen.at(-1) === wanted && resolve()
        })
        await places.one.run('assignAll', [value], [wanted])
        await arrival
      }
      subscription.unsubscribe()
      await places.one.run('assignAll', [value], [7])
      expect(await value.get()).toBe(7)
      expect(seen).not.toContain(7)
    })
  })
}
