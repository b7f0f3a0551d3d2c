import { Queue, SharedList, SharedMap, TimeoutError } from '@millrace/core'
import { expect, test } from 'vitest'
import type { Places } from '../elsewhere.ts'
import { observe } from '../observed.ts'

export function contention(places: Places): void {
  test('no update is lost, however many contexts contend', async () => {
    const map = new SharedMap<string, number>()
    const list = new SharedList([0])
    const { one, two } = places
    await Promise.all([
      ...[one, one, two, two].map((place) => place.run('raiseEntry', map, 'n', 50)),
      ...[one, two].map((place) => place.run('raiseItem', list, 50)),
    ])
    expect([await map.get('n'), await list.get(0)]).toEqual([200, 100])
  })

  test('who loses its races reserves the key: it succeeds though others never rest', async () => {
    const map = new SharedMap<string, number>([['n', 0]])
    let over = false
    const storm = async () => {
      while (!over) await map.set('n', 0)
    }
    const storms = [storm(), storm()]
    await places.one.run('raiseEntry', map, 'n', 20)
    over = true
    await Promise.all(storms)
  })

  test('whoever dies with a key reserved gives it back, and what waited goes on', async () => {
    const map = new SharedMap<string, number>([['n', 0]])
    const said = new Queue<string>()
    const victim = await places.start()
    void victim.run('holdOn', map, 'n', said)
    await said.get()
    const blocked = observe(map.set('n', 42))
    const queued = places.one.run('raiseEntry', map, 'n', 1)
    const cleared = observe(map.clear())
    await map.set('another', 1)
    expect([blocked.state, cleared.state]).toEqual(['pending', 'pending'])
    await victim.kill()
    await Promise.all([blocked.promise, cleared.promise, queued])
    expect(await map.get('n')).toBe(1)
  })

  test('whoever waits for a key can give up', async () => {
    const map = new SharedMap<string, number>([['n', 0]])
    const said = new Queue<string>()
    const victim = await places.start()
    void victim.run('holdOn', map, 'n', said)
    await said.get()
    const controller = new AbortController()
    const update = map.update('n', (n = 0) => n + 1, { signal: controller.signal })
    const other = map.update('n', (n = 0) => n + 10)
    for (const timeout of [10, 0])
      await expect(map.update('n', (n = 0) => n + 100, { timeout })).rejects.toThrow(TimeoutError)
    controller.abort(new Error('had enough'))
    await expect(update).rejects.toThrow('had enough')
    await victim.kill()
    expect(await other).toBe(13)
  })

  test('a function that sets the key itself is told so', async () => {
    const map = new SharedMap<string, number>([['n', 0]])
    const update = map.update('n', async (n = 0) => {
      await map.set('n', n + 1)
      return n
    })
    await expect(update).rejects.toThrow(/sets it, too/)
    await map.set('n', 1)
    expect(await places.one.run('call', map, 'get', 'n')).toBe(1)
  })

  test('of those who make a value for a key, one wins', async () => {
    const map = new SharedMap<string, object>()
    let made = 0
    const make = async () => ({ made: ++made })
    const values = await Promise.all([map.getOrInsert('k', make), map.getOrInsert('k', make)])
    expect(values[0]).toEqual(values[1])
    expect(await places.one.run('call', map, 'get', 'k')).toEqual(values[0])
    expect(await map.getOrInsert('k', () => Promise.reject(new Error('not needed')))).toEqual(values[0])
  })
}
