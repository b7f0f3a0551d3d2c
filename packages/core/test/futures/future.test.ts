import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { CancelledError, InvalidStateError, TimeoutError, ValueError } from '../../src/errors.ts'
import { Future, type FutureSource } from '../../src/futures/future.ts'
import { OneContext } from '../one-context.ts'
import { failure, inState, states } from './in-state.ts'

describe('the state of a future (E25)', () => {
  // What cancel() returns; then what is said of it before and after that.
  const before = { cancelled: false, running: false, done: false }
  const gone = { cancelled: true, running: false, done: true }
  const over = { cancelled: false, running: false, done: true }
  const busy = { cancelled: false, running: true, done: false }
  const table = {
    PENDING: [before, true, gone],
    RUNNING: [busy, false, busy],
    CANCELLED: [gone, true, gone],
    CANCELLED_AND_NOTIFIED: [gone, true, gone],
    'FINISHED with a result': [over, false, over],
    'FINISHED with an error': [over, false, over],
  } as const
  const said = (future: Future) => ({
    cancelled: future.cancelled(),
    running: future.running(),
    done: future.done(),
  })

  test.each(states)('%s: what cancel(), cancelled(), running() and done() say', (state) => {
    const future = inState(state)
    expect([said(future), future.cancel(), said(future)]).toEqual(table[state])
  })

  test('what was cancelled stays notified or not by another cancel()', () => {
    const cancelled = inState('CANCELLED')
    cancelled.cancel()
    expect(cancelled.setRunningOrNotifyCancel()).toBe(false)
    cancelled.cancel()
    expect(() => cancelled.setRunningOrNotifyCancel()).toThrow(InvalidStateError)
  })

  test('setRunningOrNotifyCancel() says whether to go on, and is for what has not begun', () => {
    expect(inState('PENDING').setRunningOrNotifyCancel()).toBe(true)
    for (const state of ['RUNNING', 'CANCELLED_AND_NOTIFIED', 'FINISHED with a result'] as const)
      expect(() => inState(state).setRunningOrNotifyCancel()).toThrow(InvalidStateError)
  })

  test.each([
    ['PENDING', 'state=pending'],
    ['RUNNING', 'state=running'],
    ['CANCELLED', 'state=cancelled'],
    ['CANCELLED_AND_NOTIFIED', 'state=cancelled'],
    ['FINISHED with a result', 'state=finished returned number'],
    ['FINISHED with an error', 'state=finished raised RangeError'],
  ] as const)('%s: it looks like <Future %s>', (state, text) => {
    expect([inspect(inState(state)), String(inState(state))]).toEqual([`<Future ${text}>`, `<Future ${text}>`])
  })

  test.each([
    [null, 'null'],
    [undefined, 'undefined'],
    [[1], 'Array'],
    [new Date(0), 'Date'],
    [Object.create(null), 'object'],
  ])('a result is named by its type: %s', (value, name) => {
    const future = new Future()
    future.setResult(value)
    expect(String(future)).toContain(`finished returned ${name}`)
  })
})

describe('the outcome of a future is set once (E25)', () => {
  test.each(['FINISHED with a result', 'FINISHED with an error'] as const)('%s', async (state) => {
    const future = inState(state)
    const said = state === 'FINISHED with a result' ? 'finished returned number' : 'finished raised RangeError'
    for (const again of [() => future.setResult(1), () => future.setException(new Error('another'))]) {
      expect(again).toThrow(InvalidStateError)
      expect(again).toThrow(said)
      expect(again).toThrow(ValueError)
    }
    if (state === 'FINISHED with a result') expect(await future).toBe(42)
    else await expect(future.result()).rejects.toBe(failure)
  })

  test.each(['CANCELLED', 'CANCELLED_AND_NOTIFIED'] as const)('%s: not at all', async (state) => {
    const future = inState(state)
    expect(() => future.setResult(1)).toThrow(InvalidStateError)
    expect(() => future.setException(failure)).toThrow('state=cancelled')
    await expect(future.result()).rejects.toThrow(CancelledError)
  })

  test.each([0, '', null, undefined, false])('%o can be thrown, and is an error all the same', async (thrown) => {
    const future = new Future()
    future.setException(thrown)
    expect(await future.result().catch((error) => ['thrown', error])).toEqual(['thrown', thrown])
    expect(await future.exception()).toBe(thrown)
  })
})

describe('to wait for a future (E26)', () => {
  test.each(['PENDING', 'RUNNING'] as const)('%s: with a timeout of 0 ms it rejects at once', async (state) => {
    await expect(inState(state).result({ timeout: 0 })).rejects.toThrow(TimeoutError)
    await expect(inState(state).exception({ timeout: 0 })).rejects.toThrow(TimeoutError)
  })

  test.each(['CANCELLED', 'CANCELLED_AND_NOTIFIED'] as const)('%s: it rejects with CancelledError', async (state) => {
    await expect(inState(state).result({ timeout: 0 })).rejects.toThrow(CancelledError)
    await expect(inState(state).exception({ timeout: 0 })).rejects.toThrow(CancelledError)
  })

  test('FINISHED: result() gives the result or the error, exception() the error or null', async () => {
    const [good, bad] = [inState('FINISHED with a result'), inState('FINISHED with an error')]
    expect([await good.result({ timeout: 0 }), await good.exception({ timeout: 0 })]).toEqual([42, null])
    await expect(bad.result({ timeout: 0 })).rejects.toBe(failure)
    expect(await bad.exception({ timeout: 0 })).toBe(failure)
  })

  test('whoever waits is told of a result, an error or a cancellation', async () => {
    const [good, bad, cancelled] = [inState('PENDING'), inState('RUNNING'), inState('PENDING')]
    const waits = [good, bad, cancelled].flatMap((future) => [future.result(), future.exception()])
    good.setResult(42)
    bad.setException(failure)
    cancelled.cancel()
    expect(await Promise.allSettled(waits)).toMatchObject([
      { value: 42 },
      { value: null },
      { reason: failure },
      { value: failure },
      { reason: { name: 'CancelledError' } },
      { reason: { name: 'CancelledError' } },
    ])
  })

  test('after the timeout it rejects, and the future goes on', async () => {
    const here = new OneContext()
    const future = inState('RUNNING')
    const [late, early] = here.make(() => [future.result({ timeout: 100 }), future.result({ timeout: 101 })])
    const outcome = late!.catch((error) => error)
    expect(await here.now(outcome)).toBe('pending')
    await here.clock.advance(100)
    expect(await here.now(outcome)).toBeInstanceOf(TimeoutError)
    expect(await here.now(early!)).toBe('pending')
    future.setResult(42)
    expect([await early, await future, here.clock.timers]).toEqual([42, 42, 0])
  })

  test('when the signal is aborted it rejects with its reason, and the future goes on', async () => {
    const future = inState('PENDING')
    const controller = new AbortController()
    const { signal } = controller
    const waits = [future.result({ signal }), future.exception({ signal })]
    controller.abort(failure)
    for (const wait of [...waits, future.result({ signal })]) await expect(wait).rejects.toBe(failure)
    expect(future.cancel()).toBe(true)
  })

  test('it can be awaited like a promise, any number of times', async () => {
    const future = inState('PENDING')
    const all = Promise.all([future, future.then((value) => value + 1)])
    const failing = inState('PENDING').then(undefined, (error) => error)
    future.setResult(42)
    expect([await all, await future]).toEqual([[42, 43], 42])
    expect(await Promise.race([failing, Promise.resolve('still pending')])).toBe('still pending')
  })

  test('nobody is told of a failure that nobody asked for, nor of one that came after the timeout', async () => {
    const told: unknown[] = []
    const listener = (reason: unknown) => void told.push(reason)
    process.on('unhandledRejection', listener)
    const [ignored, timedOut] = [inState('PENDING'), inState('PENDING')]
    await expect(timedOut.result({ timeout: 1 })).rejects.toThrow(TimeoutError)
    ignored.setException(failure)
    timedOut.setException(failure)
    inState('CANCELLED')
    await new Promise((resolve) => setTimeout(resolve, 5))
    process.off('unhandledRejection', listener)
    expect(told).toEqual([])
  })
})

/** Who works on a future, or does not yet. */
class Work implements FutureSource {
  readonly what = 'task add'
  has = false
  withdrawn = 0

  begun(): boolean {
    return this.has
  }

  withdraw(): boolean {
    if (!this.has) this.withdrawn++
    return !this.has
  }
}

describe('a future of work that somebody else does', () => {
  test('is running when that has begun, and then cannot be cancelled', () => {
    const work = new Work()
    const future = new Future(work)
    expect([future.running(), String(future)]).toEqual([false, '<Future of task add state=pending>'])
    work.has = true
    expect([future.running(), String(future)]).toEqual([true, '<Future of task add state=running>'])
    expect([future.cancel(), future.done(), work.withdrawn]).toEqual([false, false, 0])
  })

  test('is cancelled when that was withdrawn, once, and all who wait know it', () => {
    const work = new Work()
    const future = new Future(work)
    expect([future.cancel(), future.cancel(), future.cancelled(), future.settled]).toEqual([true, true, true, true])
    expect(work.withdrawn).toBe(1)
  })

  test('has an error that names the work when it was not done in time', async () => {
    await expect(new Future(new Work()).result({ timeout: 0 })).rejects.toThrow('the future of task add is not done')
  })
})
