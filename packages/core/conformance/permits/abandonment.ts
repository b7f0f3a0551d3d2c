import { Lock, Semaphore } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import type { Places } from '../elsewhere.ts'
import { observe } from '../observed.ts'
import { exclusive } from './kinds.ts'

/** A dead holder's permits come back, and whoever has one next is told. */
export function abandonment(places: Places): void {
  describe.each(exclusive)('$kind', ({ make }) => {
    test('of a dead holder goes to whoever waits, who is told of it, once (G10)', async () => {
      const lock = make()
      const victim = await places.start()
      await victim.run('holdPermit', lock)
      const waiting = places.one.run('holdPermit', lock)
      await places.one.run('ping')
      await victim.kill()
      expect(await waiting).toEqual(expect.any(String))
      await places.one.run('letGoOf', lock)
      expect(await places.two.run('holdPermit', lock)).toBeUndefined()
      await places.two.run('letGoOf', lock)
      expect(await lock.acquire()).toBe(true)
      expect(lock.abandoned).toBeUndefined()
    })

    test('of a dead holder is told to one who comes later, too, and to one who does not wait', async () => {
      const lock = make()
      const victim = await places.start()
      await victim.run('holdPermit', lock)
      await victim.kill()
      expect(await lock.acquireNowait()).toBe(true)
      expect(lock.abandoned).toEqual(expect.any(String))
      await lock.release()
      expect(await lock.acquire()).toBe(true)
      expect(lock.abandoned).toBeUndefined()
    })

    test('of one who died after it had released it comes back, and nobody is told', async () => {
      const lock = make()
      const victim = await places.start()
      await victim.run('useOften', lock, 100)
      await victim.run('holdPermit', lock)
      await victim.run('letGoOf', lock)
      await victim.run('ping')
      await victim.kill()
      expect(await places.one.run('holdPermit', lock)).toBeUndefined()
      await places.one.run('letGoOf', lock)
    })

    test('is not taken by one who dies while it waits', async () => {
      const lock = make()
      const victim = await places.start()
      await lock.acquire()
      void victim.run('call', lock, 'acquire')
      await victim.run('ping')
      const behind = observe(places.one.run('holdPermit', lock))
      await places.one.run('ping')
      await victim.kill()
      expect(behind.state).toBe('pending')
      await lock.release()
      expect(await behind.promise).toBeUndefined()
      await places.one.run('letGoOf', lock)
    })

    test('is released, as abandoned, when its holder closes it', async () => {
      const lock = make()
      const victim = await places.start()
      await victim.run('holdPermit', lock)
      await victim.run('call', lock, 'close')
      expect(await lock.acquire()).toBe(true)
      expect(lock.abandoned).toEqual(expect.any(String))
      await victim.kill()
    })
  })

  test('each permit that a dead process had in use is told of once, the others are not', async () => {
    const semaphore = new Semaphore(5)
    const victim = await places.start()
    for (let i = 0; i < 3; i++) await victim.run('holdPermit', semaphore)
    await victim.run('letGoOf', semaphore)
    await victim.kill()
    expect(await semaphore.getValue()).toBe(5)
    const told: unknown[] = []
    for (let i = 0; i < 5; i++) told.push((await semaphore.hold()).abandoned)
    expect(told.filter((name) => name !== undefined)).toHaveLength(2)
    expect(await semaphore.getValue()).toBe(0)
  })

  test('whoever is told and dies before it has acquired leaves the news to the next', async () => {
    const lock = new Lock()
    const [first, second] = [await places.start(), await places.start()]
    await first.run('holdPermit', lock)
    void second.run('holdPermit', lock)
    await second.run('ping')
    await Promise.all([first.kill(), second.kill()])
    expect((await lock.hold()).abandoned).toEqual(expect.any(String))
  })

  test('what others released in its stead does not come back a second time', async () => {
    const semaphore = new Semaphore(2)
    const victim = await places.start()
    for (let i = 0; i < 2; i++) await victim.run('holdPermit', semaphore)
    await semaphore.release()
    await semaphore.release()
    await victim.kill()
    expect(await semaphore.getValue()).toBe(2)
    expect((await semaphore.hold()).abandoned).toBeUndefined()
  })
}
