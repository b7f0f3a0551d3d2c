import { BoundedSemaphore, Lock, OwnershipError, RLock, type RLockOptions, Semaphore, ValueError } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import type { Places } from '../elsewhere.ts'
import { observe } from '../observed.ts'

/** Who may release what. */
export function ownership(places: Places): void {
  describe('a lock', () => {
    test('may be released by another process, and its holder may not release it again (S6)', async () => {
      const lock = new Lock()
      await lock.acquire()
      await places.one.run('call', lock, 'release')
      expect(await places.two.run('call', lock, 'acquireNowait')).toBe(true)
      await expect(lock.release()).rejects.toThrow(ValueError)
      expect(await lock.locked()).toBe(true)
      await places.one.run('call', lock, 'release')
      expect(await lock.acquireNowait()).toBe(true)
      await lock.release()
      expect(await lock.locked()).toBe(false)
    })

    test('of several that release it, only one does', async () => {
      const lock = new Lock()
      await places.one.run('call', lock, 'acquire')
      const releases = [places.two.run('tryRelease', lock), lock.release().catch((error) => error.name)]
      expect((await Promise.all(releases)).sort()).toEqual(['ValueError', undefined])
      expect(await lock.acquireNowait()).toBe(true)
    })

    test('that passes from one to the other and back, released by the other each time', async () => {
      const lock = new Lock()
      for (let i = 0; i < 20; i++) {
        await lock.acquire()
        await places.one.run('call', lock, 'release')
      }
      expect(await lock.locked()).toBe(false)
    })
  })

  describe('an RLock', () => {
    test('may be released by its owner alone (S6)', async () => {
      const lock = new RLock()
      await lock.acquire()
      expect(await places.one.run('tryRelease', lock)).toBe('OwnershipError')
      expect(await places.one.run('call', lock, 'acquireNowait')).toBe(false)
      await lock.release()
      await expect(lock.release()).rejects.toThrow(OwnershipError)
      await expect(lock.release()).rejects.toThrow('attempt to release recursive lock')
    })

    test('has to be released as often as it was acquired', async () => {
      const lock = new RLock()
      for (let i = 0; i < 3; i++) expect(await lock.acquire()).toBe(true)
      using guard = await lock.hold()
      for (let i = 0; i < 3; i++) {
        await lock.release()
        expect(await places.one.run('call', lock, 'acquireNowait')).toBe(false)
      }
      await guard.release()
      expect(await places.one.run('call', lock, 'acquireNowait')).toBe(true)
    })

    test('is acquired by all who wait for it in the name of one holder, when that acquires it', async () => {
      const lock = new RLock()
      const [one, other] = [lock.holder(), lock.holder()]
      const acquire = (options?: RLockOptions) => observe(lock.acquire(options))
      await places.one.run('call', lock, 'acquire')
      const mine = [acquire({ holder: one }), acquire({ holder: one, timeout: 60_000 })]
      const others = acquire({ holder: other })
      await places.one.run('call', lock, 'release')
      expect(await Promise.all(mine.map(({ promise }) => promise))).toEqual([true, true])
      const given = new AbortController()
      const givenUp = acquire({ signal: given.signal })
      given.abort(new Error('given up'))
      await expect(givenUp.promise).rejects.toThrow('given up')
      await lock.release({ holder: one })
      expect(others.state).toBe('pending')
      await lock.release({ holder: one })
      expect(await others.promise).toBe(true)
      await lock.release({ holder: other })

      expect(await Promise.all([lock.acquire(), lock.acquireNowait(), lock.acquire()])).toEqual([true, true, true])
      for (let i = 0; i < 3; i++) {
        expect(await places.one.run('call', lock, 'acquireNowait')).toBe(false)
        await lock.release()
      }
      expect(await places.one.run('call', lock, 'acquireNowait')).toBe(true)
    })

    test('tells holders apart within one process', async () => {
      const lock = new RLock()
      const [one, other] = [lock.holder(), lock.holder()]
      expect(await lock.acquire({ holder: one })).toBe(true)
      expect(await lock.acquire({ holder: one })).toBe(true)
      expect(await lock.acquire({ holder: other, block: false })).toBe(false)
      expect(await lock.acquireNowait()).toBe(false)
      await expect(lock.release({ holder: other })).rejects.toThrow(OwnershipError)
      await expect(lock.release()).rejects.toThrow(OwnershipError)
      const waiting = observe(lock.withLock(() => 'inside', { holder: other }))
      await lock.release({ holder: one })
      expect(waiting.state).toBe('pending')
      await lock.release({ holder: one })
      expect(await waiting.promise).toBe('inside')
      expect(await places.one.run('call', lock, 'acquireNowait')).toBe(true)
    })
  })

  test('a bounded semaphore takes a permit that another process holds, when one who holds none releases', async () => {
    const semaphore = new BoundedSemaphore(2)
    await places.one.run('call', semaphore, 'acquire')
    await semaphore.release()
    expect(await semaphore.getValue()).toBe(2)
    await expect(semaphore.release()).rejects.toThrow(ValueError)
    expect(await places.one.run('tryRelease', semaphore)).toBe('ValueError')
    expect(await semaphore.getValue()).toBe(2)
  })

  test('a semaphore has one more permit, when one who holds none releases', async () => {
    const semaphore = new Semaphore(1)
    await places.one.run('call', semaphore, 'acquire')
    await semaphore.release()
    expect(await semaphore.getValue()).toBe(1)
    await places.one.run('call', semaphore, 'release')
    expect(await semaphore.getValue()).toBe(2)
  })
}
