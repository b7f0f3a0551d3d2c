import * as Effect from 'effect/Effect'
import * as Fiber from 'effect/Fiber'
import * as Stream from 'effect/Stream'
import { from, interval, of, Observable as RxObservable, take, throwError } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { Observable, Queue } from '../../src/effect/index.ts'
import { rest, run } from './run.ts'

describe('an Observable of a Stream', () => {
  test('gives its values and completes, once for each subscription', async () => {
    const observable = from(Observable.fromStream(Stream.range(1, 3)))
    for (let round = 0; round < 2; round++) {
      const values: number[] = []
      await observable.forEach((value) => void values.push(value))
      expect(values).toEqual([1, 2, 3])
    }
  })

  test('is one for a loop, too', async () => {
    const values: number[] = []
    for await (const value of Observable.fromStream(Stream.range(1, 9))) if (values.push(value) === 2) break
    expect(values).toEqual([1, 2])
  })

  test('errs with what the Stream fails of', async () => {
    const failing = from(Observable.fromStream(Stream.fail('no')))
    await expect(failing.forEach(() => {})).rejects.toBe('no')
  })

  test('interrupts the Stream when it is unsubscribed, also from within', async () => {
    let ended = 0
    const stream = Stream.fromEffectRepeat(Effect.as(Effect.yieldNow, 1)).pipe(
      Stream.ensuring(Effect.sync(() => ended++)),
    )
    const few: number[] = []
    await from(Observable.fromStream(stream))
      .pipe(take(2))
      .forEach((value) => void few.push(value))
    expect(few).toEqual([1, 1])
    const waiting = Stream.ensuring(
      Stream.never,
      Effect.sync(() => ended++),
    )
    const subscription = from(Observable.fromStream(waiting)).subscribe()
    await Effect.runPromise(rest)
    subscription.unsubscribe()
    await Effect.runPromise(rest)
    expect(ended).toBe(2)
  })
})

describe('a Stream of an Observable', () => {
  test('gives its values and ends, or fails', () =>
    run(
      Effect.gen(function* () {
        expect(yield* Stream.runCollect(Observable.toStream(of(1, 2, 3)))).toEqual([1, 2, 3])
        expect(yield* Effect.flip(Stream.runDrain(Observable.toStream(throwError(() => 'no'))))).toBe('no')
        expect(yield* Observable.toStream(interval(1)).pipe(Stream.take(3), Stream.runCollect)).toEqual([0, 1, 2])
      }),
    ))

  test('unsubscribes when it is interrupted', () =>
    run(
      Effect.gen(function* () {
        let unsubscribed = false
        const watched = new RxObservable<number>(() => () => {
          unsubscribed = true
        })
        const running = yield* Effect.forkChild(Stream.runDrain(Observable.toStream(watched)))
        yield* rest
        yield* Fiber.interrupt(running)
        expect(unsubscribed).toBe(true)
      }),
    ))

  test('keeps the newest, or the oldest, where it may not keep all', () =>
    run(
      Effect.gen(function* () {
        const newest = Observable.toStream(of(1, 2, 3, 4, 5), { bufferSize: 2, overflow: 'drop-oldest' })
        expect(yield* Stream.runCollect(newest)).toEqual([4, 5])
        const oldest = Observable.toStream(of(1, 2, 3, 4, 5), { bufferSize: 2, overflow: 'drop-newest' })
        expect(yield* Stream.runCollect(oldest)).toEqual([1, 2])
      }),
    ))

  test('is made of a queue as well, which it leaves with what it did not take', () =>
    run(
      Effect.gen(function* () {
        const queue = yield* Queue.make<number>()
        yield* Queue.putAll(queue, [1, 2])
        const reading = yield* Effect.forkChild(Stream.runDrain(Observable.toStream(queue)))
        yield* rest
        yield* Fiber.interrupt(reading)
        yield* Queue.put(queue, 3)
        expect(yield* Queue.get(queue)).toBe(3)
      }),
    ))
})
