import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from 'vitest'
import { failure, inState } from './in-state.ts'

describe('the callbacks of a future', () => {
  let errors: MockInstance<typeof console.error>
  beforeEach(() => {
    errors = vi.spyOn(console, 'error').mockImplementation(() => {})
  })
  afterEach(() => errors.mockRestore())

  test.each([
    ['a result', (future: ReturnType<typeof inState>) => future.setResult(42)],
    ['an error', (future: ReturnType<typeof inState>) => future.setException(failure)],
    ['a cancellation', (future: ReturnType<typeof inState>) => future.cancel()],
  ])('are called once, in order, with the future: %s', (_what, end) => {
    const future = inState('PENDING')
    const calls: unknown[] = []
    for (const n of [1, 2, 1]) future.addDoneCallback((it) => calls.push([n, it === future, it.done()]))
    expect(calls).toEqual([])
    end(future)
    if (future.cancelled()) future.setRunningOrNotifyCancel()
    const [one, two] = [1, 2].map((n) => [n, true, true])
    expect(calls).toEqual([one, two, one])
  })

  test.each(['CANCELLED', 'CANCELLED_AND_NOTIFIED', 'FINISHED with a result', 'FINISHED with an error'] as const)(
    'are called at once if it is done: %s',
    (state) => {
      const called = vi.fn()
      const future = inState(state)
      future.addDoneCallback(called)
      expect(called).toHaveBeenCalledTimes(1)
      expect(called.mock.calls[0]![0]).toBe(future)
    },
  )

  test('are called before whoever waits goes on', async () => {
    const future = inState('PENDING')
    const order: string[] = []
    const waiting = future.result().then(() => order.push('waiting'))
    future.addDoneCallback(() => order.push('callback'))
    future.setResult(42)
    await waiting
    expect(order).toEqual(['callback', 'waiting'])
  })

  test('may throw, now or later: that is written, and harms neither the others nor the future (G20)', async () => {
    const future = inState('PENDING')
    const called = vi.fn()
    future.addDoneCallback(() => {
      throw new Error('thrown now')
    })
    future.addDoneCallback(async () => {
      throw new Error('thrown later')
    })
    future.addDoneCallback(called)
    future.setResult(42)
    future.addDoneCallback(() => {
      throw 'thrown at last'
    })
    expect([await future, called.mock.calls.length]).toEqual([42, 1])
    await vi.waitFor(() => expect(errors).toHaveBeenCalledTimes(3))
    const written = errors.mock.calls.map(([text]) => String(text))
    for (const text of written) expect(text).toContain('a callback of <Future state=finished returned number> failed')
    for (const text of ['thrown now', 'thrown later', 'thrown at last'])
      expect(written.filter((line) => line.includes(text))).toHaveLength(1)
  })

  test('may add others, and cancel what is cancelled', () => {
    const future = inState('PENDING')
    const called = vi.fn()
    future.addDoneCallback(() => {
      expect(future.cancel()).toBe(true)
      future.addDoneCallback(called)
    })
    future.cancel()
    expect(called).toHaveBeenCalledTimes(1)
  })

  test('must be functions', () => {
    expect(() => inState('PENDING').addDoneCallback('no function' as never)).toThrow(TypeError)
  })
})
