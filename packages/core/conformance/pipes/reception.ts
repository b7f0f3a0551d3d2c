import { type Connection, Pipe } from '@millrace/core'
import { firstValueFrom, from, lastValueFrom, map, take, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import type { Places } from '../elsewhere.ts'
import { range } from '../observed.ts'
import { Held, heard, pipeTo } from './held.ts'

const byValue = (a: unknown, b: unknown) => Number(a) - Number(b)

/** Async iteration and RxJS receive exactly what they hand out, until the end of file. */
export function reception(places: Places): void {
  const everything = (connection: Connection<unknown>) => lastValueFrom(from(connection).pipe(toArray()))

  test('a loop receives everything and ends at the end of file, here and elsewhere', async () => {
    const [here, there] = await pipeTo(places.one)
    const looping = places.one.run('receiveByLoop', there.key)
    for (const i of range(500)) await here.send(i)
    await there.sendAll(range(500))
    await here.close()
    expect(await looping).toEqual(range(500))
    const [near, far] = await pipeTo(places.two)
    void far.sendAll(range(500)).then(() => far.close())
    const received: unknown[] = []
    for await (const message of near) received.push(message)
    expect(received).toEqual(range(500))
    for await (const message of near) received.push(message)
    expect(received.length).toBe(500)
  })

  test("RxJS's from(connection) emits everything and completes at the end of file, here and elsewhere", async () => {
    const [here, there] = await pipeTo(places.one)
    const observing = places.one.run('receiveByRxjs', there.key)
    for (const i of range(500)) await here.send(i)
    await here.close()
    expect(await observing).toEqual(range(500))
    const [near, far] = await pipeTo(places.two)
    void far.sendAll(range(500)).then(() => far.close())
    expect(await everything(near)).toEqual(range(500))
    expect(await everything(near)).toEqual([])
  })

  test('an end of file that comes while nothing does completes both', async () => {
    const [a, farA] = await pipeTo(places.one)
    const [b, farB] = await pipeTo(places.two)
    const looping = (async () => {
      for await (const message of a) return message
      return 'over'
    })()
    const observing = everything(b)
    await heard()
    await Promise.all([farA.close(), farB.close()])
    expect([await looping, await observing]).toEqual(['over', []])
  })

  test('a loop that breaks leaves the other messages in the pipe, here and elsewhere', async () => {
    const [here, far] = Pipe<number>()
    const there = await Held.at(places.one, far.copy())
    for (const i of range(100)) await here.send(i)
    const received: unknown[] = []
    for await (const message of far) if (received.push(message) === 10) break
    expect(received).toEqual(range(10))
    received.push(...(await places.one.run('receiveByLoop', there.key, 10)))
    received.push(...((await places.one.run('receiveByRxjs', there.key, 10)) as number[]))
    received.push(...(await lastValueFrom(from(far).pipe(take(10), toArray()))))
    for (const _ of range(60)) received.push(await far.recv())
    expect(received.sort(byValue)).toEqual(range(100))
    expect(await far.poll()).toBe(false)
  })

  test('return() of an iterator that waits settles both, and the next message goes to somebody else', async () => {
    const [here, there] = await pipeTo(places.one)
    const iterator = here[Symbol.asyncIterator]()
    const next = iterator.next()
    await heard()
    await iterator.return?.()
    expect((await next).done).toBe(true)
    await there.use('send', 'message')
    expect(await here.recv({ timeout: 0 })).toBe('message')
  })

  test('unsubscribing while nothing is there leaves the next message to somebody else', async () => {
    const [here, there] = await pipeTo(places.one)
    const seen: unknown[] = []
    const subscription = from(here).subscribe((message) => seen.push(message))
    await heard()
    subscription.unsubscribe()
    await there.use('send', 'message')
    expect([await here.recv({ timeout: 0 }), seen]).toEqual(['message', []])
  })

  test('an operator that throws has received the message that it was given, and no other', async () => {
    const [here, there] = await pipeTo(places.one)
    await there.sendAll(range(10))
    const refusing = from(here).pipe(
      map((message) => {
        if (message === 3) throw new Error('no threes')
        return message
      }),
    )
    await expect(lastValueFrom(refusing)).rejects.toThrow('no threes')
    for (const i of range(6)) expect(await here.recv()).toBe(i + 4)
  })

  test('messages that are in hand already are emitted within subscribe, and take(n) receives n of them', async () => {
    const [here, there] = await pipeTo(places.one)
    await there.sendAll(range(300))
    for (const i of range(100)) expect(await here.recv()).toBe(i)
    expect(await lastValueFrom(from(here).pipe(take(3), toArray()))).toEqual([100, 101, 102])
    expect(await firstValueFrom(from(here))).toBe(103)
    for (const i of range(196)) expect(await here.recv()).toBe(i + 104)
  })

  describe('closing the connection in its own context', () => {
    test('ends a loop', async () => {
      const [here, there] = await pipeTo(places.one)
      await there.use('send', 'only')
      const received: unknown[] = []
      for await (const message of here) {
        received.push(message)
        void heard().then(() => here.close())
      }
      expect(received).toEqual(['only'])
    })

    test('completes a subscription, also from within', async () => {
      const [here, there] = await pipeTo(places.one)
      await there.sendAll(range(300))
      for (const i of range(100)) expect(await here.recv()).toBe(i)
      const seen: unknown[] = []
      await new Promise<void>((complete) => {
        from(here).subscribe({
          next: (message) => {
            seen.push(message)
            void here.close()
          },
          complete,
        })
      })
      expect(seen).toEqual([100])
      expect(await everything(here)).toEqual([])
    })

    test('so does handing it over, and what follows goes to the new holder', async () => {
      const [here, far] = Pipe<number>()
      const seen: unknown[] = []
      const completed = new Promise<void>((complete) => {
        from(far).subscribe({ next: (message) => seen.push(message), complete })
      })
      await here.send(0)
      await heard()
      const there = await Held.at(places.one, far)
      await completed
      for (const i of range(5)) await here.send(i + 1)
      await here.close()
      expect([seen, await there.receiveAll()]).toEqual([[0], { messages: [1, 2, 3, 4, 5], end: 'EndOfFileError' }])
    })
  })
}
