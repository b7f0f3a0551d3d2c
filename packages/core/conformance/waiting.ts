import { EmptyError, FullError, Queue } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import type { Places } from './elsewhere.ts'
import { boundedQueue } from './kinds.ts'
import { expectTimeout, observe } from './observed.ts'

const T = 100

/** Timeouts, signals, not waiting: whoever gives up takes nothing with it and disturbs nobody. */
export function waiting(places: Places): void {
  describe.each(boundedQueue)('$kind', ({ make }) => {
    test('get({ timeout }) on an empty queue rejects with EmptyError then, and swallows no later item (Q2)', async () => {
      const queue = make(1)
      await Promise.all([
        expectTimeout(queue.get({ timeout: T }), EmptyError, T),
        expectTimeout(places.one.run('call', queue, 'get', { timeout: T }), EmptyError, T),
      ])
      await queue.put('next')
      expect(await queue.get()).toBe('next')
    })

    test('put({ timeout }) on a full queue rejects with FullError then, which has the item, and takes no slot', async () => {
      const queue = make(1)
      await queue.put('first')
      const refused = { refused: true }
      const [error] = await Promise.all([
        expectTimeout(queue.put(refused, { timeout: T }), FullError, T),
        expectTimeout(places.one.run('call', queue, 'put', 'too', { timeout: T }), FullError, T),
      ])
      expect((error as FullError).item).toBe(refused)
      expect(await queue.get()).toBe('first')
      expect(await places.two.run('fill', queue)).toBe(1)
    })

    test('a timeout of 0 or less does not wait, and still takes what is there (Q10)', async () => {
      const queue = make(1)
      for (const timeout of [0, -1]) {
        await expect(queue.get({ timeout })).rejects.toThrow(EmptyError)
        await expect(places.one.run('call', queue, 'get', { timeout })).rejects.toThrow(EmptyError)
        await queue.put('item', { timeout })
        await expect(queue.put('item', { timeout })).rejects.toThrow(FullError)
        await expect(places.one.run('call', queue, 'put', 'item', { timeout })).rejects.toThrow(FullError)
        expect(await places.one.run('call', queue, 'get', { timeout })).toBe('item')
      }
    })

    test('an aborted get rejects with the reason, and swallows no later item', async () => {
      const queue = make(1)
      expect(await places.one.run('abortedGet', queue)).toBe('had enough')
      const controller = new AbortController()
      const get = queue.get({ signal: controller.signal })
      controller.abort(new Error('enough here'))
      await expect(get).rejects.toThrow('enough here')
      await queue.put('next')
      expect(await places.one.run('call', queue, 'getNowait')).toBe('next')
    })

    test('an aborted put rejects with the reason, and puts nothing', async () => {
      const queue = make(1)
      await queue.put('first')
      expect(await places.one.run('abortedPut', queue, 'aborted there')).toBe('had enough')
      const controller = new AbortController()
      const put = queue.put('aborted here', { signal: controller.signal })
      controller.abort(new Error('enough here'))
      await expect(put).rejects.toThrow('enough here')
      expect(await queue.get()).toBe('first')
      await queue.put('last')
      expect(await queue.get()).toBe('last')
      expect(await queue.empty()).toBe(true)
    })

    test('a signal that was aborted before refuses the operation, even if it would not have to wait', async () => {
      const queue = make(2)
      const signal = AbortSignal.abort(new Error('never begun'))
      await expect(queue.put('refused', { signal })).rejects.toThrow('never begun')
      await queue.put('item')
      await expect(queue.get({ signal })).rejects.toThrow('never begun')
      expect([await queue.qsize(), await queue.get()]).toEqual([1, 'item'])
    })
  })

  test('waiters are served in order of arrival, wherever they wait', async () => {
    const queue = new Queue<string>()
    const { one, two } = places
    const first = one.run('call', queue, 'get')
    await one.run('ping')
    const second = queue.get()
    await queue.qsize()
    const third = two.run('call', queue, 'get')
    await two.run('ping')
    for (const item of ['a', 'b', 'c']) await queue.put(item)
    expect(await Promise.all([first, second, third])).toEqual(['a', 'b', 'c'])
  })

  test('a waiter that gave up does not cost those behind it their turn', async () => {
    const queue = new Queue<string>()
    const controller = new AbortController()
    const first = places.one.run('call', queue, 'get')
    await places.one.run('ping')
    const second = queue.get({ signal: controller.signal })
    await queue.qsize()
    const third = observe(places.two.run('call', queue, 'get'))
    await places.two.run('ping')
    controller.abort(new Error('left the line'))
    await expect(second).rejects.toThrow('left the line')
    await queue.put('a')
    expect(await first).toBe('a')
    await places.two.run('ping')
    expect(third.state).toBe('pending')
    await queue.put('b')
    expect(await third.promise).toBe('b')
  })

  test('of many gets that gave up and many that did not, exactly the latter get the items, in order', async () => {
    const queue = new Queue<number>()
    const controller = new AbortController()
    const gets = Array.from({ length: 400 }, (_, i) =>
      i % 2 === 0 ? queue.get() : queue.get({ signal: controller.signal }).catch(() => 'aborted'),
    )
    await queue.qsize()
    controller.abort()
    await places.one.run(
      'putAll',
      queue,
      Array.from({ length: 201 }, (_, i) => i),
    )
    expect(await Promise.all(gets)).toEqual(gets.map((_, i) => (i % 2 === 0 ? i / 2 : 'aborted')))
    expect(await queue.getNowait()).toBe(200)
  })
}
