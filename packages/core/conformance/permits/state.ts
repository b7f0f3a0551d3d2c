import { Lock, Semaphore, SimpleQueue } from '@millrace/core'
import { from } from 'rxjs'
import { describe, expect, test } from 'vitest'
import type { Places } from '../elsewhere.ts'
import { exclusive } from './kinds.ts'

/** What can be seen of a lock without acquiring it. */
export function state(places: Places): void {
  describe.each(exclusive)('$kind', ({ make }) => {
    test('locked() is as of all that this process has heard of', async () => {
      const lock = make()
      for (const place of [places.one, places.two]) {
        await place.run('call', lock, 'acquire')
        expect([await lock.locked(), await places.two.run('call', lock, 'locked')]).toEqual([true, true])
        await place.run('call', lock, 'release')
        expect([await lock.locked(), await places.one.run('call', lock, 'locked')]).toEqual([false, false])
      }
    })

    test('whoever learns of a release can acquire without waiting', async () => {
      const [lock, news] = [make(), new SimpleQueue<number>()]
      for (let i = 0; i < 50; i++) {
        await lock.acquire()
        await lock.release()
        await news.put(i)
        expect(await places.one.run('call', news, 'get')).toBe(i)
        expect(await places.one.run('call', lock, 'acquireNowait')).toBe(true)
        await places.one.run('call', lock, 'release')
      }
    })
  })

  test('getValue() counts what stayed with those who released it', async () => {
    const semaphore = new Semaphore(5)
    await places.one.run('useOften', semaphore, 10)
    await semaphore.acquire()
    await places.two.run('holdPermit', semaphore)
    expect(await semaphore.getValue()).toBe(3)
    expect(await places.one.run('call', semaphore, 'getValue')).toBe(3)
    await places.two.run('letGoOf', semaphore)
    expect(await semaphore.getValue()).toBe(4)
  })

  test('a value is an integer, and not negative', () => {
    expect(() => new Semaphore(-1)).toThrow('from 0 to')
    expect(() => new Semaphore(1.5)).toThrow(TypeError)
  })

  test('subscribers see the state as it is, and then its changes', async () => {
    const lock = new Lock()
    const seen: boolean[] = []
    const subscription = from(lock).subscribe((locked) => seen.push(locked))
    await expect.poll(() => seen).toEqual([false])
    for (const [step, states] of [
      ['acquire', [false, true]],
      ['release', [false, true, false]],
    ] as const) {
      await places.one.run('call', lock, step)
      await expect.poll(() => seen).toEqual(states)
    }
    subscription.unsubscribe()
    await places.one.run('call', lock, 'acquire')
    await lock.locked()
    expect(seen).toEqual([false, true, false])
  })

  test('subscribers elsewhere do, too, and see values of semaphores', async () => {
    const semaphore = new Semaphore(2)
    const seen = places.one.run('watchState', semaphore, 3)
    await places.one.run('ping')
    await expect.poll(() => semaphore.acquireNowait()).toBe(true)
    await semaphore.getValue()
    await places.one.run('ping')
    await places.two.run('holdPermit', semaphore)
    const values = (await Promise.race([seen, releaseUntil(seen)])) as number[]
    expect(values[0]).toBeLessThanOrEqual(2)
    expect(new Set(values).size).toBeGreaterThan(1)

    async function releaseUntil(done: Promise<unknown>): Promise<unknown> {
      let over = false
      void done.then(() => {
        over = true
      })
      for (let i = 0; !over; i++) {
        if (i % 2 === 0) await semaphore.release()
        else await semaphore.acquire()
        await semaphore.getValue()
        await places.one.run('ping')
      }
      return done
    }
  })

  test('a loop sees the state until the lock is closed here', async () => {
    const lock = new Lock()
    const seen: boolean[] = []
    const loop = (async () => {
      for await (const locked of lock) seen.push(locked)
    })()
    await expect.poll(() => seen).toEqual([false])
    await places.one.run('call', lock, 'acquire')
    await expect.poll(() => seen).toEqual([false, true])
    await lock.close()
    await loop
  })

  test('a subscription completes when the lock is closed here', async () => {
    const lock = new Lock()
    const completed = new Promise<void>((resolve) => {
      from(lock).subscribe({ complete: resolve })
    })
    await lock.close()
    await completed
  })
}
