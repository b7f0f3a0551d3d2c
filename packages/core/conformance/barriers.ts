import { Barrier, BrokenBarrierError, Queue } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import type { Places, StartServant } from './elsewhere.ts'
import { range, timed } from './observed.ts'
import { placesFor } from './places.ts'

const PARTIES = 5
const BROKEN = 'BrokenBarrierError'

/** What every transport must make true of Barrier. */
export function barrierConformance(name: string, startServant: StartServant): void {
  describe(`barriers, ${name}`, () => barriers(placesFor(startServant)))
}

function barriers(places: Places): void {
  /** Parties but for the one that is here: by their numbers, in two other contexts. */
  const others = (barrier: Barrier, numbers: readonly number[]) =>
    numbers.map((number) => (number % 2 === 0 ? places.one : places.two).run('pass', barrier))

  async function filled(barrier: Barrier, count: number): Promise<void> {
    while ((await barrier.nWaiting()) < count) await places.one.run('ping')
  }

  test('each gets an index of its own, round by round (S14)', async () => {
    const barrier = new Barrier(PARTIES)
    for (let round = 0; round < 20; round++) {
      const indexes = await Promise.all([barrier.wait(), ...others(barrier, range(PARTIES - 1))])
      expect(indexes.toSorted()).toEqual(range(PARTIES))
    }
    expect(await barrier.nWaiting()).toBe(0)
    expect(barrier.parties).toBe(PARTIES)
  })

  test('the action runs once each time, before anybody goes on (S15)', async () => {
    const log = new Queue<unknown>()
    const barrier = new Barrier(PARTIES, { action: () => log.put('acted') })
    for (let round = 1; round <= 5; round++) {
      const counts = [places.one, places.one, places.two, places.two].map((place) =>
        place.run('passAndCount', barrier, log),
      )
      await barrier.wait()
      expect(await log.qsize()).toBe(round)
      expect(await Promise.all(counts)).toEqual([round, round, round, round])
    }
  })

  test('of those that have an action, the last to arrive runs its own', async () => {
    const [barrier, log] = [new Barrier(3), new Queue<unknown>()]
    const all = [places.one.run('passActing', barrier, log, 'one')]
    await filled(barrier, 1)
    all.push(places.two.run('passActing', barrier, log, 'two'))
    await filled(barrier, 2)
    all.push(barrier.wait())
    expect(await Promise.all(all)).toEqual([0, 1, 2])
    expect(await log.get()).toBe('two')
    expect(await log.empty()).toBe(true)
  })

  test('an action that throws is an error for its party, and the others learn that the barrier is broken', async () => {
    const barrier = new Barrier(3, {
      action: () => {
        throw new RangeError('boom')
      },
    })
    const rest = others(barrier, [0, 1])
    await expect(barrier.wait()).rejects.toThrow(RangeError)
    expect(await Promise.all(rest)).toEqual([BROKEN, BROKEN])
    await expect(barrier.wait()).rejects.toThrow('boom')
  })

  test('abort breaks it: nobody passes (S15)', async () => {
    const barrier = new Barrier(PARTIES)
    const rest = others(barrier, range(PARTIES - 1))
    await filled(barrier, PARTIES - 1)
    await barrier.abort()
    expect(await Promise.all(rest)).toEqual([BROKEN, BROKEN, BROKEN, BROKEN])
    expect(await barrier.broken()).toBe(true)
    expect(await places.one.run('call', barrier, 'broken')).toBe(true)
  })

  test('reset sends those who wait away, and makes it as new (S16)', async () => {
    const barrier = new Barrier(PARTIES)
    for (let round = 0; round < 4; round++) {
      const rest = others(barrier, range(PARTIES - 1))
      await filled(barrier, PARTIES - 1)
      await (round % 2 === 0 ? barrier.reset() : places.one.run('call', barrier, 'reset'))
      expect(await Promise.all(rest)).toEqual([BROKEN, BROKEN, BROKEN, BROKEN])
      expect(await barrier.broken()).toBe(false)
      const all = await Promise.all([barrier.wait(), ...others(barrier, range(PARTIES - 1))])
      expect(all.toSorted()).toEqual(range(PARTIES))
    }
  })

  test('reset after abort, between two rounds of another barrier (S16)', async () => {
    const [barrier, other] = [new Barrier(PARTIES), new Barrier(PARTIES)]
    const rest = others(barrier, range(PARTIES - 1))
    await barrier.abort()
    expect(await Promise.all(rest)).toEqual([BROKEN, BROKEN, BROKEN, BROKEN])
    await Promise.all([other.wait(), ...others(other, range(PARTIES - 1))])
    await barrier.reset()
    await Promise.all([other.wait(), ...others(other, range(PARTIES - 1))])
    const all = await Promise.all([barrier.wait(), ...others(barrier, range(PARTIES - 1))])
    expect(all.toSorted()).toEqual(range(PARTIES))
  })

  test.each([
    { how: 'of wait', make: () => new Barrier(PARTIES), options: { timeout: 150 } },
    { how: 'of the barrier', make: () => new Barrier(PARTIES, { timeout: 150 }), options: undefined },
  ])('a timeout $how breaks it for all, also for the one that is late (S17)', async ({ make, options }) => {
    const barrier = make()
    const rest = range(PARTIES - 1).map((number) =>
      (number % 2 === 0 ? places.one : places.two).run('pass', barrier, options),
    )
    expect(await Promise.all(rest)).toEqual([BROKEN, BROKEN, BROKEN, BROKEN])
    const [late, ms] = await timed(barrier.wait({ timeout: 60_000 }))
    expect(late).toMatchObject({ reason: { _tag: BROKEN } })
    expect(ms).toBeLessThan(5_000)
  })

  test('a signal that is aborted breaks it, since that party will not come', async () => {
    const barrier = new Barrier(2)
    const controller = new AbortController()
    const aborted = barrier.wait({ signal: controller.signal }).catch((reason) => reason)
    await filled(barrier, 1)
    controller.abort('had enough')
    expect(await aborted).toBe('had enough')
    expect(await places.one.run('pass', barrier)).toBe(BROKEN)
  })

  test('a party that dies while it waits breaks it, and the error says who it was (G37)', async () => {
    const barrier = new Barrier(3)
    const victim = await places.start()
    void victim.run('call', barrier, 'wait')
    const other = places.one.run('pass', barrier)
    await filled(barrier, 2)
    await victim.kill()
    expect(await other).toBe(BROKEN)
    await expect(barrier.wait()).rejects.toThrow(/broken: process .+ died while it waited; reset\(\)/)
    await barrier.reset()
    expect((await Promise.all([barrier.wait(), ...others(barrier, [0, 1])])).toSorted()).toEqual([0, 1, 2])
  })

  test('so does one that waited before, and is killed on its way to the next round', async () => {
    const barrier = new Barrier(2)
    const victim = await places.start()
    expect((await Promise.all([barrier.wait(), victim.run('pass', barrier)])).toSorted()).toEqual([0, 1])
    const waiting = barrier.wait()
    const refused = expect(waiting).rejects.toThrow(/process .+ died; it was one of the parties/)
    await victim.kill()
    await refused
    await expect(waiting).rejects.toBeInstanceOf(BrokenBarrierError)
  })

  test('one that only looked at it may die', async () => {
    const barrier = new Barrier(2)
    const victim = await places.start()
    expect(await victim.run('call', barrier, 'nWaiting')).toBe(0)
    const waiting = barrier.wait()
    await victim.kill()
    expect(await places.one.run('pass', barrier)).toBe(1)
    expect(await waiting).toBe(0)
  })

  test('whoever subscribes is told how many wait', async () => {
    const [barrier, told] = [new Barrier(2), new Queue<unknown>()]
    const states = places.one.run('tellStates', barrier, 3, told)
    expect(await told.get()).toBe(0)
    const waiting = barrier.wait()
    expect(await told.get()).toBe(1)
    await Promise.all([waiting, places.two.run('pass', barrier)])
    expect(await states).toEqual([0, 1, 0])
  })
}
