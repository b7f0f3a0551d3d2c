import { Lock } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import type { Places } from '../elsewhere.ts'
import { observe, range } from '../observed.ts'
import { exclusive, ownerless } from './kinds.ts'

/** First come, first served, and nobody starves. */
export function fairness(places: Places): void {
  describe.each(exclusive)('$kind', ({ make }) => {
    test('one who acquires and releases in a tight loop does not starve the others', async () => {
      const lock = make()
      const loop = observe(places.one.run('useOften', lock, 200_000))
      for (const _ of range(20)) {
        expect(await places.two.run('call', lock, 'acquire')).toBe(true)
        await places.two.run('call', lock, 'release')
        expect(await lock.acquire()).toBe(true)
        await lock.release()
      }
      await loop.promise
    })

    test('nor does one who stays for some turns, and comes again as soon as it has left', async () => {
      const lock = make()
      const loop = observe(places.one.run('useSlowly', lock, 1_000))
      for (const _ of range(5)) {
        expect(await places.two.run('call', lock, 'acquire')).toBe(true)
        await places.two.run('call', lock, 'release')
      }
      expect(loop.state).toBe('pending')
      await lock.close()
    })
  })

  test.each(ownerless)('waiters for a $kind are served in order of arrival, wherever they wait', async ({ make }) => {
    const lock = make()
    const order: string[] = []
    await lock.acquire()
    const line = { a: places.one, b: places.two, c: places.one, d: places.two }
    const waiting: Array<Promise<void>> = []
    for (const [name, place] of Object.entries(line)) {
      waiting.push(place.run('holdPermit', lock).then(() => void order.push(name)))
      await place.run('ping')
    }
    await lock.release()
    for (const [i, place] of Object.values(line).entries()) {
      await waiting[i]
      expect(order.length).toBe(i + 1)
      await place.run('letGoOf', lock)
    }
    expect(order).toEqual(['a', 'b', 'c', 'd'])
  })

  test('a waiter that gave up does not cost those behind it their turn', async () => {
    const lock = new Lock()
    await places.one.run('call', lock, 'acquire')
    const controller = new AbortController()
    const first = lock.acquire({ signal: controller.signal })
    await lock.locked()
    const second = places.two.run('call', lock, 'acquire')
    await places.two.run('ping')
    controller.abort(new Error('left the line'))
    await expect(first).rejects.toThrow('left the line')
    await places.one.run('call', lock, 'release')
    expect(await second).toBe(true)
  })

  test('of many that gave up and many that did not, exactly the latter get in, one by one', async () => {
    const lock = new Lock()
    await places.one.run('call', lock, 'acquire')
    const controller = new AbortController()
    let inside = 0
    const order: number[] = []
    const all = range(200).map(async (i) => {
      if (i % 2 === 0) return lock.acquire({ signal: controller.signal }).catch(() => {})
      await lock.acquire()
      expect(++inside).toBe(1)
      order.push(i)
      await Promise.resolve()
      inside--
      await lock.release()
    })
    await lock.locked()
    controller.abort()
    await places.one.run('call', lock, 'release')
    await Promise.all(all)
    expect(order).toEqual(range(100).map((i) => 2 * i + 1))
    expect(await places.two.run('call', lock, 'acquireNowait')).toBe(true)
  })
}
