import { describe, expect, test } from 'vitest'
import { ValueError } from '../../src/errors.ts'
import { Future } from '../../src/futures/future.ts'
import { ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION, wait } from '../../src/futures/wait.ts'
import { OneContext } from '../one-context.ts'
import { failure, inState } from './in-state.ts'

const pending = () => inState('PENDING')

/** Names for futures, so that what is done reads well. */
function named<Name extends string>(futures: Record<Name, Future>) {
  const nameOf = new Map(Object.entries<Future>(futures).map(([name, future]) => [future, name]))
  const names = (set: Set<Future>) => [...set].map((future) => nameOf.get(future)).sort()
  const begin = async (options: Parameters<typeof wait>[1]) => {
    const { done, notDone } = await wait(nameOf.keys(), options)
    return { done: names(done), notDone: names(notDone) }
  }
  return { ...futures, begin }
}

/** Resolves with whether it had settled when all that was to be done was done. */
const settled = (promise: Promise<unknown>) => {
  const turn = new Promise<boolean>((resolve) => setImmediate(() => resolve(false)))
  return Promise.race([promise.then(() => true), turn])
}

describe('wait for the first that is done (E12)', () => {
  test('resolves with it; one that was cancelled, and of which nobody took note, is not done', async () => {
    const { fast, begin } = named({ fast: pending(), cancelled: inState('CANCELLED'), slow: pending() })
    const found = begin({ returnWhen: FIRST_COMPLETED })
    expect(await settled(found)).toBe(false)
    fast.setResult(1)
    expect(await found).toEqual({ done: ['fast'], notDone: ['cancelled', 'slow'] })
  })

  test('resolves at once where some are done', async () => {
    const { begin } = named({
      cancelled: inState('CANCELLED_AND_NOTIFIED'),
      good: inState('FINISHED with a result'),
      slow: pending(),
    })
    expect(await begin({ returnWhen: FIRST_COMPLETED })).toEqual({ done: ['cancelled', 'good'], notDone: ['slow'] })
  })

  test('resolves with all that were done in the same turn', async () => {
    const { one, two, begin } = named({ one: pending(), two: pending(), three: pending() })
    const found = begin({ returnWhen: FIRST_COMPLETED })
    one.setResult(1)
    two.setException(failure)
    expect(await found).toEqual({ done: ['one', 'two'], notDone: ['three'] })
  })

  test('is told of a cancellation when note was taken of it', async () => {
    const { one, begin } = named({ one: inState('CANCELLED'), two: pending() })
    const found = begin({ returnWhen: FIRST_COMPLETED })
    expect(await settled(found)).toBe(false)
    one.setRunningOrNotifyCancel()
    expect(await found).toEqual({ done: ['one'], notDone: ['two'] })
  })
})

describe('wait for the first failure (E13)', () => {
  test('ends with it', async () => {
    const { good, bad, begin } = named({ good: pending(), bad: pending(), slow: pending() })
    const found = begin({ returnWhen: FIRST_EXCEPTION })
    good.setResult(1)
    expect(await settled(found)).toBe(false)
    bad.setException(failure)
    expect(await found).toEqual({ done: ['bad', 'good'], notDone: ['slow'] })
  })

  test('is not ended by results and cancellations, unless they are the last', async () => {
    const { one, two, begin } = named({
      one: pending(),
      two: pending(),
      good: inState('FINISHED with a result'),
      cancelled: inState('CANCELLED_AND_NOTIFIED'),
    })
    const found = begin({ returnWhen: FIRST_EXCEPTION })
    one.cancel()
    one.setRunningOrNotifyCancel()
    expect(await settled(found)).toBe(false)
    two.setResult(2)
    expect(await found).toEqual({ done: ['cancelled', 'good', 'one', 'two'], notDone: [] })
  })

  test('ends at once where one has failed', async () => {
    const { begin } = named({ bad: inState('FINISHED with an error'), slow: pending() })
    expect(await begin({ returnWhen: FIRST_EXCEPTION })).toEqual({ done: ['bad'], notDone: ['slow'] })
  })
})

describe('wait for all (E12)', () => {
  test('resolves whatever becomes of them', async () => {
    const { good, bad, cancelled, begin } = named({ good: pending(), bad: inState('RUNNING'), cancelled: pending() })
    const found = begin({ returnWhen: ALL_COMPLETED })
    good.setResult(1)
    cancelled.cancel()
    cancelled.setRunningOrNotifyCancel()
    expect(await settled(found)).toBe(false)
    bad.setException(failure)
    expect(await found).toEqual({ done: ['bad', 'cancelled', 'good'], notDone: [] })
  })

  test('is what happens unless something else is said; nothing is all of nothing', async () => {
    expect(await wait([])).toEqual({ done: new Set(), notDone: new Set() })
    const { one, begin } = named({ one: pending(), bad: inState('FINISHED with an error') })
    const found = begin({})
    expect(await settled(found)).toBe(false)
    one.setResult(1)
    expect(await found).toEqual({ done: ['bad', 'one'], notDone: [] })
  })

  test('after the timeout it resolves with what is done', async () => {
    const here = new OneContext()
    const { one, begin } = named({ one: pending(), two: inState('RUNNING') })
    const found = here.make(() => begin({ timeout: 300 }))
    one.setResult(1)
    await here.clock.advance(299)
    expect(await here.now(found)).toBe('pending')
    await here.clock.advance(1)
    expect(await here.now(found)).toEqual({ done: ['one'], notDone: ['two'] })
  })

  test('no timer is left when it did not take so long', async () => {
    const here = new OneContext()
    const { one, begin } = named({ one: pending() })
    const found = here.make(() => begin({ timeout: 300 }))
    one.setResult(1)
    expect([await found, here.clock.timers]).toEqual([{ done: ['one'], notDone: [] }, 0])
  })

  test('with a timeout of 0 ms it just looks', async () => {
    const { begin } = named({ one: pending(), two: inState('FINISHED with a result') })
    expect(await begin({ timeout: 0 })).toEqual({ done: ['two'], notDone: ['one'] })
  })
})

test('the same future is waited for, and reported, once', async () => {
  const future = pending()
  const found = wait([future, future])
  future.setResult(42)
  const { done, notDone } = await found
  expect([done.has(future), done.size, notDone.size]).toEqual([true, 1, 0])
})

test('a signal that is aborted ends it with its reason, and the futures go on', async () => {
  const controller = new AbortController()
  const future = pending()
  const waiting = wait([future], { signal: controller.signal, timeout: 60_000 })
  controller.abort(failure)
  await expect(waiting).rejects.toBe(failure)
  await expect(wait([future], { signal: controller.signal })).rejects.toBe(failure)
  expect(future.done()).toBe(false)
})

test('what makes no sense is refused', async () => {
  await expect(wait([Promise.resolve(1) as never])).rejects.toThrow(TypeError)
  await expect(wait([new Future()], { returnWhen: 'SOMETIME' as never })).rejects.toThrow(ValueError)
})
