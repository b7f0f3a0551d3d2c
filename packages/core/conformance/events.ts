import { Queue, SharedEvent } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import type { Places, StartServant } from './elsewhere.ts'
import { observe, timed } from './observed.ts'
import { placesFor } from './places.ts'

const T = 100
const ROUNDS = 30

/** What every transport must make true of SharedEvent. */
export function eventConformance(name: string, startServant: StartServant): void {
  describe(`events, ${name}`, () => events(placesFor(startServant)))
}

function events(places: Places): void {
  test('it is not set at first; once it is, nobody waits, until it is cleared (S12)', async () => {
    const event = new SharedEvent()
    expect(await event.isSet()).toBe(false)
    for (const timeout of [0, -1]) expect(await event.wait({ timeout })).toBe(false)
    const [result, ms] = await timed(event.wait({ timeout: T }))
    expect(result).toMatchObject({ value: false })
    expect(ms).toBeGreaterThanOrEqual(T - 20)
    for (let twice = 0; twice < 2; twice++) await event.set()
    expect(await event.isSet()).toBe(true)
    expect(await event.wait()).toBe(true)
    expect(await places.one.run('call', event, 'wait', { timeout: 0 })).toBe(true)
    for (let twice = 0; twice < 2; twice++) await event.clear()
    expect(await places.one.run('call', event, 'isSet')).toBe(false)
    const waiting = event.wait()
    await places.one.run('call', event, 'set')
    expect(await waiting).toBe(true)
  })

  test('all who wait go on, wherever they are', async () => {
    const event = new SharedEvent()
    const waiting = [event.wait(), ...[places.one, places.two].map((place) => place.run('call', event, 'wait'))]
    const observed = waiting.map(observe)
    await Promise.all([places.one.run('ping'), places.two.run('ping')])
    expect(observed.map(({ state }) => state)).toEqual(['pending', 'pending', 'pending'])
    await places.one.run('call', event, 'set')
    expect(await Promise.all(waiting)).toEqual([true, true, true])
  })

  test('it shows what this process knows of it (S12)', async () => {
    const event = new SharedEvent()
    expect(String(event)).toMatch(/ unset$/)
    await event.set()
    expect(String(event)).toMatch(/ set$/)
    expect(await places.one.run('call', event, 'wait')).toBe(true)
    await event.clear()
    expect(String(event)).toMatch(/ unset$/)
    expect(await places.two.run('described', event)).toMatch(/not asked yet$/)
  })

  test('what a process did before it set the event is seen by whoever it lets go on', async () => {
    const [items, event, next] = [new Queue<unknown>(), new SharedEvent(), new SharedEvent()]
    const putting = places.one.run('putAndSet', items, event, next, ROUNDS)
    expect(await places.two.run('waitAndTake', items, event, next, ROUNDS)).toBe(0)
    await putting
  })

  test('a waiter that is aborted, times out or dies takes nothing with it', async () => {
    const event = new SharedEvent()
    const victim = await places.start()
    void victim.run('call', event, 'wait')
    await victim.run('ping')
    const patient = places.one.run('call', event, 'wait')
    expect(await places.two.run('abortedWait', event)).toBe('had enough')
    expect(await places.two.run('call', event, 'wait', { timeout: 10 })).toBe(false)
    await victim.kill()
    await event.set()
    expect(await patient).toBe(true)
  })

  test('a process that dies leaves it as it is', async () => {
    const event = new SharedEvent()
    const victim = await places.start()
    await victim.run('call', event, 'set')
    await victim.kill()
    expect(await places.one.run('call', event, 'wait', { timeout: 0 })).toBe(true)
  })

  test('one that was made elsewhere is as good, and comes back as what it is', async () => {
    const event = new SharedEvent()
    const [made, again] = [await places.one.run('newEvent', event), await places.one.run('newEvent', event)]
    expect(made).toBeInstanceOf(SharedEvent)
    await made.set()
    expect(await places.two.run('call', made, 'isSet')).toBe(true)
    expect(await again.isSet()).toBe(false)
    const queue = new Queue<SharedEvent>()
    await queue.put(made)
    expect(await queue.get()).toBe(made)
  })

  test('whoever subscribes is told what it is, and of every change', async () => {
    const [event, told] = [new SharedEvent(), new Queue<unknown>()]
    const states = places.one.run('tellStates', event, 4, told)
    for (const next of [true, false, true]) {
      await told.get()
      await (next ? event.set() : event.clear())
    }
    expect(await states).toEqual([false, true, false, true])
  })
}
