import { Queue } from '@millrace/core'
import { firstValueFrom, from, lastValueFrom, map, take, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import type { Places } from './elsewhere.ts'
import { anyQueue } from './kinds.ts'
import { range } from './observed.ts'

const byValue = (a: unknown, b: unknown) => Number(a) - Number(b)

/** Async iteration and RxJS take exactly what they hand out. */
export function iteration(places: Places): void {
  describe.each(anyQueue)('$kind', ({ make }) => {
    test('a loop that breaks leaves the other items in the queue, here and elsewhere', async () => {
      const queue = make() as Queue<number>
      await places.one.run('putAll', queue, range(100))
      const taken: unknown[] = []
      for await (const item of queue) if (taken.push(item) === 10) break
      expect(taken).toEqual(range(10))
      taken.push(...(await places.one.run('takeByLoop', queue, 10)))
      taken.push(...(await places.two.run('getMany', queue, 80)))
      expect(taken.sort(byValue)).toEqual(range(100))
      expect(await queue.empty()).toBe(true)
    })

    test("RxJS's from(queue).pipe(take(n)) leaves the other items in the queue, here and elsewhere", async () => {
      const queue = make() as Queue<number>
      await places.one.run('putAll', queue, range(100))
      const taken: unknown[] = await lastValueFrom(from(queue).pipe(take(10), toArray()))
      expect(taken).toEqual(range(10))
      taken.push(...((await places.one.run('takeByRxjs', queue, 10)) as number[]))
      taken.push(...(await places.two.run('getMany', queue, 80)))
      expect(taken.sort(byValue)).toEqual(range(100))
      expect(await queue.empty()).toBe(true)
    })

    test('a loop ends when the queue is closed in its context', async () => {
      const queue = make()
      await queue.put('only')
      const taken: unknown[] = []
      for await (const item of queue) {
        taken.push(item)
        setTimeout(() => void queue.close(), 20)
      }
      expect(taken).toEqual(['only'])
    })

    test('an Observable completes when the queue is closed in its context', async () => {
      const queue = make()
      await queue.put('only')
      setTimeout(() => void queue.close(), 20)
      expect(await lastValueFrom(from(queue as Queue).pipe(toArray()))).toEqual(['only'])
      expect(await lastValueFrom(from(queue as Queue).pipe(toArray()))).toEqual([])
    })
  })

  test('return() of an iterator that waits settles both, and the next item goes to somebody else', async () => {
    const queue = new Queue<string>()
    const iterator = queue[Symbol.asyncIterator]()
    const next = iterator.next()
    await queue.qsize()
    await iterator.return?.()
    expect((await next).done).toBe(true)
    expect((await iterator.next()).done).toBe(true)
    await queue.put('item')
    expect(await places.one.run('call', queue, 'getNowait')).toBe('item')
  })

  test('unsubscribing while nothing is there leaves the next item to somebody else', async () => {
    const queue = new Queue<string>()
    const seen: string[] = []
    const subscription = from(queue).subscribe((item) => seen.push(item))
    await queue.qsize()
    subscription.unsubscribe()
    await queue.put('item')
    expect(await places.one.run('call', queue, 'getNowait')).toBe('item')
    expect(seen).toEqual([])
  })

  test('subscribers here and elsewhere share the items, each of which comes once', async () => {
    const queue = new Queue<number>({ maxsize: 8 })
    const here = lastValueFrom(from(queue).pipe(take(500), toArray()))
    const there = places.one.run('takeByRxjs', queue, 500) as Promise<number[]>
    await places.two.run('putAll', queue, range(1_000))
    const taken = [...(await here), ...(await there)]
    expect(taken.sort(byValue)).toEqual(range(1_000))
  })

  test('an operator that throws has taken the item that it was given, and no other', async () => {
    const queue = new Queue<number>()
    await places.one.run('putAll', queue, range(10))
    const refusing = from(queue).pipe(
      map((item) => {
        if (item === 3) throw new Error('no threes')
        return item
      }),
    )
    await expect(lastValueFrom(refusing)).rejects.toThrow('no threes')
    expect(await queue.get()).toBe(4)
    const rest = await places.two.run('getMany', queue, 5)
    expect(rest.sort(byValue)).toEqual(range(10).slice(5))
  })

  test('take(n) of items that are in hand already takes n of them', async () => {
    const queue = new Queue<number>()
    await places.one.run('putAll', queue, range(300))
    // What is taken quickly is delegated ahead of need, so that a subscriber is served within its subscribe call.
    for (const i of range(100)) expect(await queue.get()).toBe(i)
    expect(await lastValueFrom(from(queue).pipe(take(3), toArray()))).toEqual([100, 101, 102])
    expect(await firstValueFrom(from(queue))).toBe(103)
    expect(await queue.qsize()).toBe(196)
    for (const i of range(196)) expect(await queue.get()).toBe(i + 104)
  })

  test('a subscriber that closes the queue takes no further item, and completes', async () => {
    const queue = new Queue<number>()
    await places.one.run('putAll', queue, range(300))
    for (const i of range(100)) expect(await queue.get()).toBe(i)
    const seen: number[] = []
    await new Promise<void>((complete) => {
      from(queue).subscribe({
        next: (item) => {
          seen.push(item)
          void queue.close()
        },
        complete,
      })
    })
    expect(seen).toEqual([100])
    const rest = await places.two.run('getMany', queue, 199)
    expect(rest.sort(byValue)).toEqual(range(300).slice(101))
  })
}
