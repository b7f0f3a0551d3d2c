import { SharedValue, ValueError } from '@millrace/core'
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
    expect(await waiting).toBe(true)
    expect(await places.two.run('repair', value)).toBe(false)
  })

  test('is free again where nobody waited when its owner died, and the next one is told', async () => {
    const value = new SharedValue('i', 0)
    const victim = await places.start()
    await victim.run('keepLock', value)
    await victim.kill()
    expect(await places.one.run('repair', value)).toBe(true)
    expect(await places.one.run('repair', value)).toBe(false)
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
