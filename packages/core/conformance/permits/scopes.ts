import { TimeoutError } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import type { Places } from '../elsewhere.ts'
import { expectTimeout } from '../observed.ts'
import { exclusive } from './kinds.ts'

/** What is acquired for a scope is released when that ends, however it does. */
export function scopes(places: Places): void {
  describe.each(exclusive)('$kind', ({ make }) => {
    const isFree = async (lock: ReturnType<typeof make>) => {
      if (!(await places.two.run('call', lock, 'acquireNowait'))) return false
      await places.two.run('call', lock, 'release')
      return true
    }

    test('withPermit releases when its function returns, and when it throws (S1)', async () => {
      const lock = make()
      expect(await lock.withPermit(() => isFree(lock))).toBe(false)
      expect(await isFree(lock)).toBe(true)
      await expect(lock.withPermit(() => Promise.reject(new Error('in it')))).rejects.toThrow('in it')
      await expect(
        lock.withPermit(() => {
          throw new Error('at once')
        }),
      ).rejects.toThrow('at once')
      expect(await isFree(lock)).toBe(true)
    })

    test('a guard releases once, when its scope ends or before', async () => {
      const lock = make()
      {
        using guard = await lock.hold()
        expect([guard.abandoned, await isFree(lock)]).toEqual([undefined, false])
      }
      expect(await isFree(lock)).toBe(true)
      {
        await using guard = await lock.hold()
        await guard.release()
        expect(await isFree(lock)).toBe(true)
        await places.one.run('call', lock, 'acquire')
      }
      expect(await isFree(lock)).toBe(false)
    })

    test('hold({ timeout }) rejects with TimeoutError then', async () => {
      const lock = make()
      await places.one.run('call', lock, 'acquire')
      await expectTimeout(lock.hold({ timeout: 50 }), TimeoutError, 50)
      await expect(lock.hold({ block: false })).rejects.toThrow(TimeoutError)
      let ran = false
      const run = lock.withPermit(
        () => {
          ran = true
        },
        { timeout: 0 },
      )
      await expect(run).rejects.toThrow(TimeoutError)
      expect(ran).toBe(false)
    })
  })
}
