import { Condition, Lock, OwnershipError, Queue, RLock, SharedEvent } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import type { Elsewhere, Places, StartServant } from './elsewhere.ts'
import { timed } from './observed.ts'
import { placesFor } from './places.ts'

const T = 100

/** What every transport must make true of Condition. */
export function conditionConformance(name: string, startServant: StartServant): void {
  describe(`conditions, ${name}`, () => {
    const places = placesFor(startServant)
    describe('with a Lock', () => conditions(places, () => new Condition()))
    describe('with an RLock', () => conditionsOfProcesses(places, () => new Condition(new RLock())))
  })
}

/** Those in which the flows of one process have to be told apart. */
function conditions(places: Places, make: () => Condition): void {
  const queues = () => [new Queue<unknown>(), new Queue<unknown>()] as const

  test('notify wakes one of two who wait, and the next one the other (S7)', async () => {
    const condition = make()
    const sleepers = await asleep(condition, [places.one, undefined])
    expect(await sleepers.woken(0)).toBe(0)
    await condition.withLock(() => condition.notify())
    expect(await sleepers.woken(1)).toBe(1)
    await places.two.run('notify', condition, 1)
    expect(await sleepers.woken(2)).toBe(2)
    expect(await sleepers.heldAgain).toEqual([true, true])
  })

  test('notify(n) wakes n, and nothing is kept for those who come later (S9)', async () => {
    const condition = make()
    const { one, two } = places
    const sleepers = await asleep(condition, [one, two, undefined, one, two, undefined])
    await places.one.run('notify', condition, 2)
    expect(await sleepers.woken(2)).toBe(2)
    await condition.withLock(() => condition.notify(4))
    expect(await sleepers.woken(6)).toBe(6)
    await condition.withLock(() => condition.notify(3))
    await condition.withLock(async () => expect(await condition.wait({ timeout: T })).toBe(false))
    expect(await sleepers.woken(6)).toBe(6)
  })

  test('notifyAll wakes all', async () => {
    const condition = make()
    const sleepers = await asleep(condition, [places.one, places.two, undefined, places.one])
    await places.two.run('notify', condition)
    expect(await sleepers.woken(4)).toBe(4)
  })

  test('who waits too long is told so, with the lock held again (S10)', async () => {
    const condition = make()
    await condition.acquire()
    const [result, ms] = await timed(condition.wait({ timeout: T }))
    expect(result).toMatchObject({ value: false })
    expect(ms).toBeGreaterThanOrEqual(T - 20)
    expect(await condition.wait({ timeout: 0 })).toBe(false)
    expect(await places.one.run('call', condition, 'acquire', { timeout: 0 })).toBe(false)
    const notified = places.one.run('notify', condition)
    expect(await condition.wait({ timeout: 60_000 })).toBe(true)
    await condition.release()
    await notified
  })

  test('who is aborted is told why, with the lock held again (S10)', async () => {
    const [condition, enough] = [make(), new SharedEvent()]
    const [ready] = queues()
    const aborted = places.one.run('sleepUntil', condition, ready, enough)
    await ready.get()
    await condition.acquire()
    await enough.set()
    await places.one.run('ping')
    await condition.release()
    expect(await aborted).toEqual(['had enough', true])
    await condition.acquire({ timeout: 20_000 })
    await condition.release()
  })

  test('a waiter that dies is never counted', async () => {
    const condition = make()
    const victim = await places.start()
    const ready = new Queue<unknown>()
    void victim.run('sleepOn', condition, ready, ready)
    await ready.get()
    await condition.withLock(() => victim.run('ping'))
    const sleepers = await asleep(condition, [places.one, places.two])
    await victim.kill()
    await condition.withLock(() => condition.notify())
    expect(await sleepers.woken(1)).toBe(1)
    await condition.withLock(() => condition.notify())
    expect(await sleepers.woken(2)).toBe(2)
  })

  test('a notification whose receiver dies before it has the lock again goes to the next', async () => {
    const condition = make()
    const victim = await places.start()
    const ready = new Queue<unknown>()
    void victim.run('sleepOn', condition, ready, ready)
    await ready.get()
    const sleepers = await asleep(condition, [places.one])
    await condition.acquire()
    await condition.notify()
    // It has been told, and waits for the lock.
    await victim.run('ping')
    await victim.kill()
    await condition.release()
    expect(await sleepers.woken(1)).toBe(1)
  })

  conditionsOfProcesses(places, make)

  /** So many flows of these places wait; undefined is this one. */
  async function asleep(condition: Condition, where: ReadonlyArray<Elsewhere | undefined>) {
    const [ready, told] = queues()
    const held = where.map((place) =>
      place === undefined ? sleepHere(condition, ready, told) : place.run('sleepOn', condition, ready, told),
    )
    // Each had the lock then, and nobody has it before it waits.
    for (const _ of where) await ready.get()
    await condition.withLock(() => {})
    return {
      heldAgain: Promise.all(held),
      /** How many have been woken, once so many have, and others have had the time to be. */
      async woken(atLeast: number) {
        const touch = () => Promise.all([places.one.run('ping'), places.two.run('ping')])
        while ((await told.qsize()) < atLeast) await touch()
        for (let round = 0; round < 3; round++) await condition.withLock(touch)
        return told.qsize()
      },
    }
  }

  async function sleepHere(condition: Condition, ready: Queue<unknown>, told: Queue<unknown>): Promise<boolean> {
    return condition.withLock(async () => {
      await ready.put(null)
      await told.put(await condition.wait())
      return condition.lock.isHeld
    })
  }
}

/** Those in which every process is but one flow. */
function conditionsOfProcesses(places: Places, make: () => Condition | Condition<RLock>): void {
  test('without the lock nobody waits or notifies (S6)', async () => {
    const condition = make()
    for (const operation of ['wait', 'notify', 'notifyAll'] as const) {
      await expect(condition[operation]()).rejects.toThrow(OwnershipError)
      await expect(places.one.run('call', condition, operation)).rejects.toThrow(OwnershipError)
    }
    await places.one.run('call', condition, 'acquire')
    await expect(condition.notify()).rejects.toThrow(OwnershipError)
    await places.one.run('call', condition, 'release')
  })

  test('the deadline of waitFor is for all of it, however often it is notified (S11)', async () => {
    const [condition, state] = [make() as Condition, new Queue<unknown>()]
    const waited = places.one.run('waitForCount', condition, state, 4, 3 * T)
    for (let i = 0; i < 3; i++) await places.two.run('change', condition, state)
    const { reached, ms } = await waited
    expect(reached).toBe(false)
    expect(ms).toBeGreaterThanOrEqual(3 * T - 20)
    expect(ms).toBeLessThan(3 * T + 5_000)
  })

  test('no wake-up is lost on the way to a state that somebody waits for (S11)', async () => {
    const [condition, state] = [make() as Condition, new Queue<unknown>()]
    for (let round = 1; round <= 20; round++) {
      const waited = places.one.run('waitForCount', condition, state, 4 * round)
      for (let i = 0; i < 4; i++) await places.two.run('change', condition, state)
      expect((await waited).reached).toBe(true)
    }
  })

  test('its lock is the same one wherever it goes', async () => {
    const condition = make()
    await condition.lock.acquire()
    expect(await places.one.run('call', condition, 'acquire', { timeout: 0 })).toBe(false)
    await condition.lock.release()
    expect(await places.one.run('call', condition, 'acquire', { timeout: 20_000 })).toBe(true)
    expect(await condition.lock.acquireNowait()).toBe(false)
    await places.one.run('call', condition, 'release')
  })

  test('hold keeps the lock until its guard is released, and says who died with it', async () => {
    const condition = make() as Condition
    const victim = await places.start()
    await victim.run('call', condition, 'acquire')
    await victim.kill()
    const guard = await condition.hold({ timeout: 20_000 })
    expect(guard.abandoned).toEqual(expect.any(String))
    await condition.notify()
    expect(await places.one.run('call', condition, 'acquire', { timeout: 0 })).toBe(false)
    await guard.release()
    expect(await places.one.run('call', condition, 'acquire')).toBe(true)
    await places.one.run('call', condition, 'release')
  })

  test('the lock outlives its own handles for as long as the condition is held', async () => {
    const lock = new Lock()
    const condition = new Condition(lock)
    expect(await places.one.run('call', condition, 'acquire')).toBe(true)
    await lock.close()
    expect(await places.one.run('call', condition, 'wait', { timeout: 10 })).toBe(false)
    await places.one.run('call', condition, 'release')
  })
}
