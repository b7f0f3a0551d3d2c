import { type ListChanges, type MapChanges, Queue, SharedList, SharedMap } from '@millrace/core'
import { expect, test } from 'vitest'
import type { Places } from '../elsewhere.ts'
import { range } from '../observed.ts'

/** Collects what is told until it says enough. */
function told<T>(
  source: { subscribe(observer: { next(news: T): void }): { unsubscribe(): void } },
  enough: (news: T) => boolean,
) {
  return new Promise<T[]>((resolve) => {
    const all: T[] = []
    const subscription = source.subscribe({
      next: (news) => {
        all.push(news)
        if (!enough(news)) return
        subscription.unsubscribe()
        resolve(all)
      },
    })
  })
}

export function news(places: Places): void {
  test('who watches a map hears of every key that changed, whoever changed it', async () => {
    const map = new SharedMap<string, number>([['old', 1]])
    const all = told<MapChanges<string>>(map.changes, ({ set }) => set.includes('last'))
    await places.one.run('call', map, 'delete', 'old')
    await places.one.run('call', map, 'set', 'a', 1)
    await map.set('a', 2)
    await map.set('last', 1)
    const changes = await all
    expect(new Set(changes.flatMap(({ set }) => set))).toEqual(new Set(['a', 'last']))
    expect(changes.flatMap(({ deleted }) => deleted)).toEqual(['old'])
    const revisions = changes.map(({ revision }) => revision)
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b))
  })

  test('many changes in quick succession are few pieces of news, and too many are told as everything', async () => {
    const map = new SharedMap<string, number>()
    const queue = new Queue<MapChanges<string>>()
    await places.one.run('watchMap', map, queue)
    // The watcher has said so by the time its task has ended.
    for (const n of range(3_000)) void map.set(`key ${n}`, n)
    await map.set('enough', 1)
    const all: Array<MapChanges<string>> = []
    while (all.at(-1)?.set.includes('enough') !== true && all.at(-1)?.everything !== true) all.push(await queue.get())
    expect(all.length).toBeLessThan(100)
    expect(all.at(-1)?.everything).toBe(true)
    await map.set('enough', 2)
  })

  test('who watches a list hears from where on it is different', async () => {
    const list = new SharedList(['a', 'b', 'c'])
    const all = told<ListChanges>(list.changes, ({ length }) => length === 5)
    await places.one.run('call', list, 'set', 1, 'B')
    await places.one.run('call', list, 'push', 'd', 'e')
    const changes = await all
    expect(Math.min(...changes.map(({ from }) => from))).toBe(1)
    expect(changes.at(-1)?.length).toBe(5)
  })

  test('once nobody watches, nothing is told', async () => {
    const map = new SharedMap<string, number>()
    let count = 0
    const subscription = map.changes.subscribe({ next: () => count++ })
    subscription.unsubscribe()
    subscription.unsubscribe()
    await places.one.run('call', map, 'set', 'a', 1)
    expect([await map.get('a'), count]).toEqual([1, 0])
  })
}
