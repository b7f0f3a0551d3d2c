import * as Cause from 'effect/Cause'
import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import * as Fiber from 'effect/Fiber'
import * as Stream from 'effect/Stream'
import { describe, expect, test } from 'vitest'
import { Queue } from '../../src/effect/index.ts'
import { ClosedError, DecodeError, EmptyError, EncodeError, FullError } from '../../src/errors.ts'
import { registerClass } from '../../src/registry.ts'
import { rest, run } from './run.ts'

class Unreadable {
  readonly of = 'what is elsewhere'
}
registerClass(Unreadable, {
  name: 'effect-queue-test.Unreadable',
  encode: ({ of }) => of,
  decode: () => {
    throw new Error('nobody can read it')
  },
})

const numbers = Array.from({ length: 200 }, (_, i) => i)

describe('a queue of Effects', () => {
  test('gives items in the order in which they were put, data-first and data-last', () =>
    run(
      Effect.gen(function* () {
        const queue = yield* Queue.make<number>()
        yield* Queue.put(queue, 1)
        yield* Queue.put(2)(queue)
        yield* Queue.putAll(queue, [3, 4, 5])
        expect(yield* Queue.qsize(queue)).toBe(5)
        const taken = yield* Effect.replicateEffect(Queue.get(queue), 5)
        expect(taken).toEqual([1, 2, 3, 4, 5])
        expect(yield* Queue.empty(queue)).toBe(true)
      }),
    ))

  test('has put wait while it is full, and get while it is empty', () =>
    run(
      Effect.gen(function* () {
        const queue = yield* Queue.make<number>({ maxsize: 1 })
        const putting = yield* Effect.forkChild(Queue.putAll(queue, [1, 2, 3]))
        yield* rest
        expect(yield* Queue.qsize(queue)).toBe(1)
        expect(yield* Queue.full(queue)).toBe(true)
        expect(yield* Queue.get(queue)).toBe(1)
        expect(yield* Queue.get(queue)).toBe(2)
        expect(yield* Queue.get(queue)).toBe(3)
        yield* Fiber.join(putting)
        const getting = yield* Effect.forkChild(Queue.get(queue))
        yield* rest
        yield* Queue.put(queue, 4)
        expect(yield* Fiber.join(getting)).toBe(4)
      }),
    ))

  test('ends the generator of items that it puts no more of, interrupted or refused', () =>
    run(
      Effect.gen(function* () {
        const ended: string[] = []
        function* items(name: string, of: readonly unknown[]) {
          try {
            yield* of
          } finally {
            ended.push(name)
          }
        }
        const queue = yield* Queue.make<unknown>({ maxsize: 1 })
        const putting = yield* Effect.forkChild(Queue.putAll(queue, items('interrupted', [1, 2, 3])))
        yield* rest
        expect(ended).toEqual([])
        yield* Fiber.interrupt(putting)
        expect(ended).toEqual(['interrupted'])
        expect(yield* Queue.get(queue)).toBe(1)
        const unfit = items('refused', [() => 1, 2])
        expect(yield* Effect.flip(Queue.putAll(queue, unfit))).toBeInstanceOf(EncodeError)
        expect(ended).toEqual(['interrupted', 'refused'])
        yield* Queue.putAll(queue, items('all', [1]))
        expect(ended).toEqual(['interrupted', 'refused', 'all'])
      }),
    ))

  test('dies of sizes that make no sense, and has no limit where maxsize is negative', () =>
    run(
      Effect.gen(function* () {
        const queue = yield* Queue.make<number>({ maxsize: -1 })
        yield* Queue.putAll(queue, numbers)
        expect(yield* Queue.full(queue)).toBe(false)
        for (const size of [0, -1, 1.5, Number.NaN]) {
          const taking: ReadonlyArray<readonly [Effect.Effect<unknown, unknown>, string]> = [
            [Queue.getBatch(queue, size), 'the size of a batch'],
            [Stream.runHead(Queue.stream(queue, { chunkSize: size })), 'chunkSize'],
          ]
          for (const [effect, name] of taking) {
            const exit = yield* Effect.exit(effect)
            const said = Exit.isFailure(exit) && Cause.hasDies(exit.cause) ? Cause.squash(exit.cause) : undefined
            expect(said).toMatchObject({ _tag: 'ValueError', message: expect.stringContaining(`${name} must be`) })
          }
        }
        expect(yield* Queue.qsize(queue)).toBe(numbers.length)
      }),
    ))

  test('fails with the errors of the package, typed by their tags', () =>
    run(
      Effect.gen(function* () {
        const queue = yield* Queue.make<unknown>({ maxsize: 1 })
        const empty = yield* Effect.flip(Queue.getNowait(queue))
        expect(empty).toBeInstanceOf(EmptyError)
        yield* Queue.put(queue, 'one')
        const full = yield* Effect.flip(Queue.putNowait(queue, 'two'))
        expect(full).toBeInstanceOf(FullError)
        expect((full as FullError).item).toBe('two')
        const late = yield* Queue.put(queue, 'two', { timeout: 1 }).pipe(Effect.catchTag('FullError', Effect.succeed))
        expect(late).toBeInstanceOf(FullError)
        yield* Queue.get(queue)
        const unfit = yield* Effect.flip(Queue.put(queue, { user: { run: () => 1 } }))
        expect(unfit).toBeInstanceOf(EncodeError)
        expect((unfit as EncodeError).path).toBe('.user.run')
        yield* Queue.close(queue)
        expect(yield* Effect.flip(Queue.get(queue))).toBeInstanceOf(ClosedError)
        expect(yield* Effect.flip(Queue.put(queue, 1))).toBeInstanceOf(ClosedError)
      }),
    ))

  test('takes nothing when get is interrupted, and the others keep their places', () =>
    run(
      Effect.gen(function* () {
        const queue = yield* Queue.make<number>()
        const first = yield* Effect.forkChild(Queue.get(queue))
        const second = yield* Effect.forkChild(Queue.get(queue))
        const third = yield* Effect.forkChild(Queue.get(queue))
        yield* rest
        const exit = yield* Fiber.interrupt(first).pipe(Effect.andThen(Fiber.await(first)))
        expect(Exit.isFailure(exit) && Cause.hasInterrupts(exit.cause)).toBe(true)
        yield* Queue.putAll(queue, [1, 2])
        expect(yield* Fiber.join(second)).toBe(1)
        expect(yield* Fiber.join(third)).toBe(2)
      }),
    ))

  test('puts nothing when put is interrupted, and keeps no slot', () =>
    run(
      Effect.gen(function* () {
        const queue = yield* Queue.make<number>({ maxsize: 1 })
        yield* Queue.put(queue, 1)
        const waiting = yield* Effect.forkChild(Queue.put(queue, 2))
        yield* rest
        yield* Fiber.interrupt(waiting)
        expect(yield* Queue.get(queue)).toBe(1)
        yield* Queue.put(queue, 3)
        expect(yield* Queue.get(queue)).toBe(3)
        expect(yield* Queue.qsize(queue)).toBe(0)
      }),
    ))

  test('has Effect.timeout give up waiting, with nothing taken', () =>
    run(
      Effect.gen(function* () {
        const queue = yield* Queue.make<number>()
        const late = yield* Effect.flip(Queue.get(queue).pipe(Effect.timeout('5 millis')))
        expect(late._tag).toBe('TimeoutError')
        yield* Queue.put(queue, 7)
        expect(yield* Queue.get(queue)).toBe(7)
      }),
    ))

  test('takes no more for a stream than that hands on', () =>
    run(
      Effect.gen(function* () {
        const queue = yield* Queue.make<number>()
        yield* Queue.putAll(queue, [1, 2, 3, 4, 5, 6])
        expect(yield* Queue.stream(queue).pipe(Stream.take(2), Stream.runCollect)).toEqual([1, 2])
        expect(yield* Queue.get(queue)).toBe(3)
      }),
    ))

  test('hands out what came before an item that cannot be read, and then fails of that', () =>
    run(
      Effect.gen(function* () {
        const queue = yield* Queue.make<number | Unreadable>()
        yield* Queue.putAll(queue, numbers)
        const taken: unknown[] = []
        // By and by more than one are at hand.
        while (taken.length < 100) taken.push(...(yield* Queue.getBatch(queue, 10)))
        yield* Queue.putAll(queue, [1, 2, new Unreadable(), 3])
        const read = Queue.stream(queue, { chunkSize: 10 }).pipe(
          Stream.runForEach((item) => Effect.sync(() => void taken.push(item))),
        )
        expect(yield* Effect.flip(read)).toBeInstanceOf(DecodeError)
        expect(taken).toEqual([...numbers, 1, 2])
        expect(yield* Queue.get(queue)).toBe(3)
      }),
    ))

  test('ends a stream when it is closed, and hands out chunks no larger than they may be', () =>
    run(
      Effect.gen(function* () {
        const queue = yield* Queue.make<number>()
        yield* Queue.putAll(queue, [1, 2, 3, 4, 5])
        const sizes: number[] = []
        const reading = yield* Queue.stream(queue, { chunkSize: 2 }).pipe(
          Stream.runForEachArray((chunk) => Effect.sync(() => void sizes.push(chunk.length))),
          Effect.forkChild,
        )
        yield* rest
        yield* Queue.close(queue)
        yield* Fiber.join(reading)
        expect(sizes.reduce((sum, size) => sum + size)).toBe(5)
        expect(Math.max(...sizes)).toBe(2)
      }),
    ))

  test('takes what a stream gives, no faster than there is room', () =>
    run(
      Effect.gen(function* () {
        const queue = yield* Queue.make<number>({ maxsize: 2 })
        let made = 0
        const filling = yield* Stream.range(1, 20, 1).pipe(
          Stream.tap(() => Effect.sync(() => made++)),
          Stream.run(Queue.sink(queue)),
          Effect.forkChild,
        )
        yield* rest
        expect(made).toBe(3)
        const taken = yield* Effect.replicateEffect(Queue.get(queue), 20)
        expect(taken).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
        yield* Fiber.join(filling)
      }),
    ))

  test('is closed by the end of its scope', async () => {
    const queue = await run(Queue.make<number>())
    expect(await Effect.runPromise(Effect.flip(Queue.get(queue)))).toBeInstanceOf(ClosedError)
  })
})
