import { SharedValue, TimeoutError, ValueError } from '@millrace/core'
import { expect, test } from 'vitest'
import type { Places } from '../elsewhere.ts'
import { observe } from '../observed.ts'

/** The lock of a value, between contexts and inside one. */
export function sharedLocks(places: Places): void {
  test('excludes others between two steps of a program', async () => {
    const value = new SharedValue('i', 0)
    await Promise.all([places.one, places.two].map((place) => place.run('addUnderLock', value, 100)))
    expect(await value.get()).toBe(200)
  })

  test('excludes two tasks of one context', async () => {
    const value = new SharedValue('i', 0)
    await Promise.all([places.one, places.one].map((place) => place.run('addUnderLock', value, 50)))
    expect(await value.get()).toBe(100)
  })

  test('is not released by whoever does not have it', async () => {
    const value = new SharedValue('i', 0)
    expect(() => value.getLock().release()).toThrow(ValueError)
    await places.one.run('keepLock', value)
    expect(() => value.getLock().release()).toThrow(ValueError)
    await places.one.run('giveLock', value)
    await value.getLock().withLock(() => {})
  })

  test('goes to who waits in order, and a wait that ends takes nothing with it', async () => {
    const value = new SharedValue('i', 0)
    await places.one.run('keepLock', value)
    expect(await places.two.run('tryLock', value, 0)).toBe(false)
    expect(await value.getLock().acquire({ timeout: 10 })).toBe(false)
    const controller = new AbortController()
    const aborted = observe(value.getLock().acquire({ signal: controller.signal }))
    const waiting = observe(places.two.run('tryLock', value, 20_000))
    await places.two.run('ping')
    controller.abort()
    await expect(aborted.promise).rejects.toThrow()
    expect(waiting.state).toBe('pending')
    await places.one.run('giveLock', value)
    expect(await waiting.promise).toBe(true)
    await places.two.run('giveLock', value)
    await value.update((old) => old + 1)
    expect(await value.get()).toBe(1)
  })

  test('is taken from a context that dies with it, and the next one is told; who waited gets it', async () => {
    const value = new SharedValue('i', 0)
    const victim = await places.start()
    await victim.run('keepLock', value)
    const waiting = places.one.run('repair', value)
    await places.one.run('ping')
    await victim.kill()
    expect(await waiting).toEqual(expect.any(String))
    expect(await places.two.run('repair', value)).toBeUndefined()
  })

  test('is free again where nobody waited when its owner died, and the next one is told', async () => {
    const value = new SharedValue('i', 0)
    const victim = await places.start()
    await victim.run('keepLock', value)
    await victim.kill()
    expect(await places.one.run('repair', value)).toEqual(expect.any(String))
    expect(await places.one.run('repair', value)).toBeUndefined()
  })

  test('names two who died with it one after the other, each to the next', async () => {
    const value = new SharedValue('i', 0)
    const [first, second] = [await places.start(), await places.start()]
    expect(await first.run('keepAndTell', value)).toBeUndefined()
    await first.kill()
    const one = await second.run('keepAndTell', value)
    await second.kill()
    using guard = await value.getLock().hold()
    const two = guard.abandoned
    expect([one, two]).toEqual([expect.any(String), expect.any(String)])
    expect(one).not.toBe(two)
    expect(value.getLock().abandoned).toBe(two)
  })

  test('whoever sets or updates the value takes no news of a death from those who repair', async () => {
    const value = new SharedValue('i', 0)
    const victim = await places.start()
    await victim.run('keepLock', value)
    await victim.kill()
    await value.set(1)
    await places.one.run('updateTimes', value, 2)
    expect(await places.two.run('repair', value)).toEqual(expect.any(String))
    expect(await value.get()).toBe(3)
  })

  test('whoever sets or updates the value can give up waiting for it, and has changed nothing then', async () => {
    const value = new SharedValue('i', 1)
    await places.one.run('keepLock', value)
    const { signal } = new AbortController()
    await expect(value.set(2, { timeout: 10, signal })).rejects.toThrow(TimeoutError)
    await expect(value.update((old) => old + 1, { timeout: 0 })).rejects.toThrow(TimeoutError)
    await expect(places.two.run('call', value, 'set', 2, { timeout: 10 })).rejects.toThrow(TimeoutError)
    const controller = new AbortController()
    const aborted = value.update((old) => old + 1, { signal: controller.signal })
    controller.abort(new Error('had enough'))
    await expect(aborted).rejects.toThrow('had enough')
    await places.one.run('giveLock', value)
    await places.two.run('call', value, 'set', 3, { timeout: 20_000 })
    expect(await value.update((old) => old + 1, { timeout: 20_000 })).toBe(4)
  })

  test('is held for a scope, and released once however that ends', async () => {
    const value = new SharedValue('i', 0)
    const lock = value.getLock()
    {
      using guard = await lock.hold()
      expect([guard.abandoned, lock.held]).toEqual([undefined, true])
      expect(await places.one.run('tryLock', value, 0)).toBe(false)
      await guard.release()
      expect(lock.held).toBe(false)
    }
    await expect(
      lock.withLock((guard) => {
        throw new Error(String(guard.abandoned))
      }),
    ).rejects.toThrow('undefined')
    expect(await places.one.run('tryLock', value, 20_000)).toBe(true)
    await expect(lock.hold({ timeout: 10 })).rejects.toThrow(TimeoutError)
    await expect(lock.withLock(() => {}, { timeout: 10 })).rejects.toThrow(TimeoutError)
    await places.one.run('giveLock', value)
  })

  test('who waited for it and died takes nothing with it', async () => {
    const value = new SharedValue('i', 0)
    const victim = await places.start()
    await places.one.run('keepLock', value)
    void victim.run('tryLock', value, 60_000)
    await victim.run('ping')
    const waiting = places.two.run('tryLock', value, 60_000)
    await places.two.run('ping')
    await victim.kill()
    await places.one.run('giveLock', value)
    expect(await waiting).toBe(true)
    await places.two.run('giveLock', value)
  })
}
