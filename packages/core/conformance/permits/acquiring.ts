import { BoundedSemaphore, ClosedError, Lock, Queue, Semaphore, ValueError } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import type { Places } from '../elsewhere.ts'
import { observe, timed } from '../observed.ts'
import { exclusive, ownerless } from './kinds.ts'

const T = 100

/** Timeouts, signals, not waiting: whoever gives up takes no permit with it. */
export function acquiring(places: Places): void {
  describe.each(exclusive)('$kind', ({ make }) => {
    test('is held by one at a time, wherever that is', async () => {
      const lock = make()
      expect(await lock.acquire()).toBe(true)
      expect(await places.one.run('call', lock, 'acquireNowait')).toBe(false)
      await lock.release()
      expect(await places.one.run('call', lock, 'acquire')).toBe(true)
      expect(await lock.acquireNowait()).toBe(false)
      expect(await places.two.run('call', lock, 'acquire', { block: false })).toBe(false)
      await places.one.run('call', lock, 'release')
      expect(await lock.acquire({ block: false })).toBe(true)
    })

    test('is free for whoever does not wait, though it stayed with the one that had it last', async () => {
      const lock = make()
      for (const { run } of [places.one, places.two, places.one].map((place) => ({ run: place.run.bind(place) }))) {
        expect(await run('call', lock, 'acquireNowait')).toBe(true)
        await run('call', lock, 'release')
        expect(await lock.acquireNowait()).toBe(true)
        await lock.release()
      }
    })

    test('acquire({ timeout }) resolves with false then, and a negative one does not wait (S5)', async () => {
      const lock = make()
      await places.one.run('call', lock, 'acquire')
      for (const options of [{ timeout: 0 }, { timeout: -1 }, { block: false, timeout: T }])
        expect(await lock.acquire(options)).toBe(false)
      const [[result, ms], there] = await Promise.all([
        timed(lock.acquire({ timeout: T })),
        places.two.run('call', lock, 'acquire', { timeout: T }),
      ])
      expect([result, there]).toEqual([{ status: 'fulfilled', value: false }, false])
      expect(ms).toBeGreaterThanOrEqual(T - 20)
    })

    test('whoever gave up took no permit: neither after a timeout nor after an abort (S5)', async () => {
      const lock = make()
      await places.one.run('call', lock, 'acquire')
      expect(await lock.acquire({ timeout: 20 })).toBe(false)
      expect(await places.two.run('abortedAcquire', lock)).toBe('had enough')
      await places.one.run('call', lock, 'release')
      expect(await lock.acquire({ block: false })).toBe(true)
    })

    test('a signal that was aborted before refuses, even if there is a permit', async () => {
      const lock = make()
      await expect(lock.acquire({ signal: AbortSignal.abort(new Error('never begun')) })).rejects.toThrow('never begun')
      expect(await places.one.run('call', lock, 'acquireNowait')).toBe(true)
    })

    test('what is raised under it is never lost', async () => {
      const [lock, cell] = [make(), new Queue<number>()]
      await cell.put(0)
      await Promise.all([
        places.one.run('raise', lock, cell, 100),
        places.two.run('raise', lock, cell, 100),
        places.one.run('useOften', lock, 1_000),
      ])
      expect(await cell.get()).toBe(200)
    })

    test('close() refuses what waits and what follows, here alone', async () => {
      const lock = make()
      await places.one.run('call', lock, 'acquire')
      const waiting = observe(lock.acquire())
      await lock.locked()
      await lock.close()
      await expect(waiting.promise).rejects.toThrow(ClosedError)
      await expect(lock.acquire()).rejects.toThrow(ClosedError)
      await expect(lock.locked()).rejects.toThrow(ClosedError)
      await places.one.run('call', lock, 'release')
      expect(await places.one.run('call', lock, 'acquireNowait')).toBe(true)
    })
  })

  test.each(ownerless.slice(0, 1))('release of a free $kind is refused (S1)', async ({ make }) => {
    const lock = make()
    expect(await lock.acquire()).toBe(true)
    expect(await lock.acquire({ block: false })).toBe(false)
    await lock.release()
    await expect(lock.release()).rejects.toThrow(ValueError)
    expect(await places.one.run('tryRelease', lock)).toBe('ValueError')
    expect(await places.one.run('call', lock, 'acquireNowait')).toBe(true)
  })

  test('Semaphore(0) has nothing to acquire until somebody releases (S5)', async () => {
    const semaphore = new Semaphore(0)
    expect(await semaphore.acquire({ block: false })).toBe(false)
    expect(await semaphore.acquire({ timeout: 20 })).toBe(false)
    const waiting = places.one.run('call', semaphore, 'acquire')
    await places.one.run('ping')
    await semaphore.release()
    expect(await waiting).toBe(true)
    await places.two.run('call', semaphore, 'release')
    expect(await semaphore.acquire({ block: false })).toBe(true)
  })

  test('a semaphore lets in as many as it has permits', async () => {
    const semaphore = new Semaphore(3)
    const { one, two } = places
    const inside = [one, two, one].map((place) => place.run('call', semaphore, 'acquire'))
    expect(await Promise.all(inside)).toEqual([true, true, true])
    const fourth = observe(two.run('call', semaphore, 'acquire'))
    await two.run('ping')
    expect([fourth.state, await semaphore.acquireNowait()]).toEqual(['pending', false])
    await one.run('call', semaphore, 'release')
    expect(await fourth.promise).toBe(true)
  })

  test('BoundedSemaphore never has more permits than at first (S4)', async () => {
    const semaphore = new BoundedSemaphore(2)
    const values = [await semaphore.getValue()]
    for (const step of ['acquire', 'acquire', 'release', 'release'] as const) {
      await semaphore[step]()
      values.push(await semaphore.getValue())
    }
    expect(values).toEqual([2, 1, 0, 1, 2])
    await expect(semaphore.release()).rejects.toThrow('semaphore or lock released too many times')
    expect(await places.one.run('tryRelease', semaphore)).toBe('ValueError')
    expect(await semaphore.getValue()).toBe(2)
  })

  test('a lock travels as an item, and stays the lock that it is', async () => {
    const [carrier, lock] = [new Queue<Lock>(), new Lock()]
    await lock.acquire()
    await places.one.run('call', carrier, 'put', lock)
    expect(await carrier.get()).toBe(lock)
    expect(await lock.locked()).toBe(true)
  })
}
