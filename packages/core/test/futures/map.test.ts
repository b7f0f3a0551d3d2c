import { describe, expect, test } from 'vitest'
import { type Clock, systemClock } from '../../src/clock.ts'
import { CancelledError, ValueError } from '../../src/errors.ts'
import { Deadline } from '../../src/futures/deadline.ts'
import { Future } from '../../src/futures/future.ts'
import { mapRequest } from '../../src/futures/map-request.ts'
import { Results } from '../../src/futures/results.ts'
import { ImapIterator } from '../../src/pool/imap.ts'
import { ManualClock } from '../manual-clock.ts'
import { failure } from './in-state.ts'

describe('the inputs of map()', () => {
  const chunksOf = (...given: unknown[]) => mapRequest(given).chunks()

  test('are taken one of each at a time, until the shortest ends', () => {
    expect(chunksOf([1, 2, 3], new Set(['a', 'b']), 'xyz')).toEqual([[[1, 'a', 'x']], [[2, 'b', 'y']]])
    expect([chunksOf(), chunksOf([]), chunksOf([1], [])]).toEqual([[], [], []])
  })

  test('go together as chunksize says, the rest by itself', () => {
    expect(chunksOf([1, 2, 3, 4, 5], { chunksize: 2 })).toEqual([[[1], [2]], [[3], [4]], [[5]]])
    expect(chunksOf([1, 2], { chunksize: 50, timeout: 10 })).toEqual([[[1], [2]]])
  })

  test.each([0, -1, 1.5, Number.NaN])('a chunksize of %d is refused (E2)', (chunksize) => {
    expect(() => mapRequest([[1], { chunksize }])).toThrow(ValueError)
  })

  test.each([5, null, undefined, {}, (async function* () {})()])('%s is no input', (input) => {
    expect(() => chunksOf(input, [1])).toThrow(TypeError)
  })

  test.each([[[]], ['last'], [new Map()]])('what can be iterated is an input, and not the options: %o', (input) => {
    expect(chunksOf(input, [1]).length).toBe([...input].length > 0 ? 1 : 0)
  })

  test('those that are longer, or that come after one that throws, are told that no more is wanted', () => {
    const told: string[] = []
    function* count(name: string, most = 10) {
      try {
        for (let n = 0; n < most; n++) yield n
      } finally {
        told.push(name)
      }
    }
    expect(chunksOf(count('first'), count('second', 2), count('third'))).toHaveLength(2)
    expect(told.sort()).toEqual(['first', 'second', 'third'])
    // biome-ignore lint/correctness/useYield: it fails before it does
    function* failing() {
      throw failure
    }
    expect(() => chunksOf(count('fourth'), failing())).toThrow(failure)
    expect(told).toEqual(['first', 'second', 'third', 'fourth'])
  })
})

describe('the results of map()', () => {
  function mapping(count: number, timeout?: number, clock: Clock = systemClock) {
    const futures = Array.from({ length: count }, () => new Future<number[]>())
    const deadline = new Deadline(clock, timeout)
    const results = new ImapIterator<number>(deadline, (onNews) => {
      deadline.onPassed = onNews
      return new Results(futures, 'map of task square', deadline, onNews)
    })
    return { futures, results }
  }
  const done = { done: true, value: undefined }

  test('come in the order of the inputs, whichever is done first', async () => {
    const { futures, results } = mapping(3)
    const nexts = [results.next(), results.next(), results.next(), results.next(), results.next()]
    futures[2]!.setResult([4])
    futures[1]!.setResult([])
    futures[0]!.setResult([1, 2])
    expect((await Promise.all(nexts)).map(({ value }) => value)).toEqual([1, 2, 4, undefined, undefined])
    expect(await results.next()).toEqual(done)
  })

  test('end with the first error; what has not been begun is cancelled (E3)', async () => {
    const { futures, results } = mapping(4)
    futures[0]!.setResult([1])
    futures[1]!.setException(failure)
    futures[2]!.setRunningOrNotifyCancel()
    expect((await results.next()).value).toBe(1)
    await expect(results.next()).rejects.toBe(failure)
    expect(await results.next()).toEqual(done)
    expect(futures.map((future) => future.cancelled())).toEqual([false, false, false, true])
  })

  test('end when somebody cancels one', async () => {
    const { futures, results } = mapping(2)
    const next = results.next()
    futures[0]!.cancel()
    await expect(next).rejects.toThrow(CancelledError)
    expect([await results.next(), futures[1]!.cancelled()]).toEqual([done, true])
  })

  test('end when somebody has waited until after the timeout, not before; what is done is still handed out', async () => {
    const { futures, results } = mapping(3, 0)
    futures[0]!.setResult([1])
    expect(futures[1]!.cancelled()).toBe(false)
    expect((await results.next()).value).toBe(1)
    await expect(results.next()).rejects.toThrow('map of task square was not done within 0 ms')
    expect(futures.map((future) => future.cancelled())).toEqual([false, true, true])
  })

  test('end for all who wait when the timeout passes, which counts from the call', async () => {
    const clock = new ManualClock()
    const { futures, results } = mapping(3, 300, clock)
    await clock.advance(200)
    const nexts = Promise.allSettled([results.next(), results.next(), results.next()])
    futures[0]!.setResult([1])
    await clock.advance(101)
    expect(await nexts).toMatchObject([{ value: { value: 1 } }, { reason: { name: 'TimeoutError' } }, { value: done }])
    expect([clock.timers, ...futures.map((future) => future.cancelled())]).toEqual([0, false, true, true])
  })

  test('to leave the loop cancels what has not been begun, and ends what waits (E11)', async () => {
    const { futures, results } = mapping(3)
    const next = results.next()
    futures[1]!.setRunningOrNotifyCancel()
    expect(await results.return()).toEqual(done)
    expect([await next, await results.next()]).toEqual([done, done])
    expect(futures.map((future) => future.cancelled())).toEqual([true, false, true])
  })
})
