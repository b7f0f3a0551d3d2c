import { describe, expect, test } from 'vitest'
import { TimeoutError } from '../../src/errors.ts'
import { asCompleted } from '../../src/futures/as-completed.ts'
import type { Future } from '../../src/futures/future.ts'
import { OneContext } from '../one-context.ts'
import { failure, inState } from './in-state.ts'

const pending = () => inState('PENDING')

/** In which order they come, by their places among those that were given; futures are equal only to themselves. */
async function order(futures: readonly Future[], coming = asCompleted(futures)): Promise<number[]> {
  const places: number[] = []
  for await (const future of coming) places.push((futures as readonly unknown[]).indexOf(future))
  return places
}

describe('asCompleted()', () => {
  test('hands out what is done already, and then what is done when it is', async () => {
    const done = (['CANCELLED_AND_NOTIFIED', 'FINISHED with an error', 'FINISHED with a result'] as const).map(inState)
    const [one, two] = [pending(), pending()]
    const coming = order([one, ...done, two])
    two.setResult(2)
    one.setException(failure)
    expect(await coming).toEqual([1, 2, 3, 4, 0])
  })

  test('keeps the order in which they were done, also if nobody has asked yet', async () => {
    const futures = [pending(), pending(), pending()]
    const coming = asCompleted(futures)
    for (const place of [2, 0, 1]) futures[place]!.setResult(1)
    expect(await order(futures, coming)).toEqual([2, 0, 1])
  })

  test('hands out a cancelled one when note was taken of that', async () => {
    const [one, two] = [inState('CANCELLED'), pending()]
    const coming = order([one, two])
    two.setResult(2)
    one.setRunningOrNotifyCancel()
    expect(await coming).toEqual([1, 0])
  })

  test('hands out each once, and ends at once where there is none', async () => {
    const future = inState('FINISHED with a result')
    expect([await order([future, future]), await order([])]).toEqual([[0], []])
  })

  test('the futures come as they are, not as what they are the futures of', async () => {
    const future = inState('FINISHED with a result')
    expect((await asCompleted([future]).next()).value).toBe(future)
  })

  test('with a timeout of 0 ms it hands out what is done, and then rejects and ends', async () => {
    const done = inState('FINISHED with a result')
    const futures = asCompleted([pending(), done, inState('RUNNING'), inState('CANCELLED')], { timeout: 0 })
    expect((await futures.next()).value).toBe(done)
    await expect(futures.next()).rejects.toThrow('3 of 4 futures were not done within 0 ms')
    expect(await futures.next()).toEqual({ done: true, value: undefined })
  })

  test('the timeout counts from the call, not from the last one that came', async () => {
    const here = new OneContext()
    const [one, two] = [pending(), pending()]
    const futures = here.make(() => asCompleted([one, two], { timeout: 300 }))
    await here.clock.advance(200)
    one.setResult(1)
    expect((await futures.next()).value).toBe(one)
    const late = futures.next().catch((error) => error)
    await here.clock.advance(90)
    expect(await here.now(late)).toBe('pending')
    await here.clock.advance(10)
    expect(await late).toBeInstanceOf(TimeoutError)
    two.setResult(2)
    expect([await futures.next(), here.clock.timers]).toEqual([{ done: true, value: undefined }, 0])
  })

  test('no timer runs while nobody waits', async () => {
    const here = new OneContext()
    const futures = here.make(() => asCompleted([pending()], { timeout: 300 }))
    expect(here.clock.timers).toBe(0)
    const next = futures.next()
    expect(here.clock.timers).toBe(1)
    await futures.return()
    expect([await next, here.clock.timers]).toEqual([{ done: true, value: undefined }, 0])
  })

  test('several who wait are served in order', async () => {
    const futures = [pending(), pending()]
    const coming = asCompleted(futures)
    const nexts = Promise.all([coming.next(), coming.next(), coming.next()])
    futures[1]!.setResult(2)
    futures[0]!.setResult(1)
    expect((await nexts).map(({ done, value }) => done || (futures as readonly unknown[]).indexOf(value))).toEqual([
      1,
      0,
      true,
    ])
  })

  test('to leave the loop ends it, and changes nothing about the futures', async () => {
    const [one, two] = [inState('FINISHED with a result'), pending()]
    const futures = asCompleted([one, two])
    for await (const future of futures) {
      expect(future).toBe(one)
      break
    }
    two.setResult(2)
    expect(await futures.next()).toEqual({ done: true, value: undefined })
    expect(await two).toBe(2)
  })

  test('a signal that is aborted ends it with its reason', async () => {
    const controller = new AbortController()
    const futures = asCompleted([pending()], { signal: controller.signal })
    const next = futures.next()
    controller.abort(failure)
    await expect(next).rejects.toBe(failure)
    await expect(asCompleted([pending()], { signal: controller.signal }).next()).rejects.toBe(failure)
    expect(await futures.next()).toEqual({ done: true, value: undefined })
  })

  test('takes futures alone', () => {
    expect(() => asCompleted([Promise.resolve(1) as never])).toThrow(TypeError)
  })
})
