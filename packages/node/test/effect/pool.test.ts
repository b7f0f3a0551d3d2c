import { EncodeError, PoolClosedError, TaskError, WorkerDiedError } from '@millrace/node'
import { Event, Lock, Pool, Queue, Stage } from '@millrace/node/effect'
import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import * as Fiber from 'effect/Fiber'
import * as Option from 'effect/Option'
import * as Stream from 'effect/Stream'
import { describe, expect, test } from 'vitest'
import { allGone } from '../processes.ts'
import { kinds, run, tasks } from './run.ts'

describe.each(kinds)('a pool of Effects, of kind $kind,', ({ kind }) => {
  test('calls tasks and maps them, with their own errors', () =>
    run(
      kind,
      Effect.gen(function* () {
        const pool = yield* Pool.make({ processes: 2 })
        expect(yield* Pool.apply(pool, tasks.square, [3])).toBe(9)
        expect(yield* Pool.map(pool, tasks.half, [2, 4, 6])).toEqual([1, 2, 3])
        expect(yield* Pool.apply(pool, tasks.count, [3])).toEqual([1, 2, 3])
        const odd = yield* Effect.flip(Pool.map(pool, tasks.half, [2, 3, 4]))
        expect(odd).toMatchObject({ _tag: 'Odd', n: 3 })
        expect(yield* Effect.flip(Pool.apply(pool, tasks.countAndFail, [2]))).toMatchObject({ _tag: 'Odd', n: 2 })
        expect(yield* Effect.flip(Pool.apply(pool, tasks.thrown, [1]))).toBeInstanceOf(TaskError)
        expect(yield* Effect.flip(Pool.apply(pool, tasks.square, [(() => 1) as never]))).toBeInstanceOf(EncodeError)
        expect(yield* Pool.broadcast(pool, tasks.square, [2])).toEqual(Array((yield* Pool.stats(pool)).workers).fill(4))
      }),
    ))

  test('interrupts the Effect whose call is interrupted, and goes on', () =>
    run(
      kind,
      Effect.gen(function* () {
        const pool = yield* Pool.make({ processes: 1 })
        const begun = yield* Event.make
        const log = yield* Queue.make<string>()
        const calling = yield* Effect.forkChild(Pool.apply(pool, tasks.untilInterrupted, [begun, log, 'it']))
        yield* Event.wait(begun)
        yield* Fiber.interrupt(calling)
        expect(yield* Queue.get(log)).toBe('it')
        expect(yield* Pool.apply(pool, tasks.square, [2])).toBe(4)
        expect((yield* Pool.stats(pool)).open).toBe(0)
      }),
    ))

  test('keeps what a Stream has acquired, or the Effect that gives it, until that ends', () =>
    run(
      kind,
      Effect.gen(function* () {
        const pool = yield* Pool.make({ processes: 1 })
        const log = yield* Queue.make<string>()
        const logged = Effect.flatMap(Queue.qsize(log), (n) =>
          Effect.forEach(Array.from({ length: n }), () => Queue.get(log)),
        )
        expect(yield* Pool.apply(pool, tasks.readOpened, [log])).toEqual([1, 2])
        expect(yield* logged).toEqual(['opened', 'closed'])
        expect(yield* Pool.apply(pool, tasks.openAndRead, [log])).toEqual([1, 2])
        expect(yield* logged).toEqual(['opened', 'read', 'closed'])
        const first = Stream.make(log).pipe(Stage.flatMapProcess(tasks.openAndRead, { pool }), Stream.take(1))
        expect(yield* Stream.runCollect(first)).toEqual([1])
        expect(
          yield* Queue.stream(log).pipe(
            Stream.takeUntil((each) => each === 'closed'),
            Stream.runLast,
          ),
        ).toEqual(Option.some('closed'))
      }),
    ))

  test('asks whether what an Effect fails or dies of is worth another attempt, and tells of it', () =>
    run(
      kind,
      Effect.gen(function* () {
        const pool = yield* Pool.make({ processes: 1 })
        const seen = yield* Effect.forkChild(Stream.runCollect(Pool.events(pool)), { startImmediately: true })
        const asked: unknown[] = []
        const retryIf = (error: unknown) => asked.push(error) > 0
        expect(yield* Pool.apply(pool, tasks.thirdTime, [], { retries: 2, backoff: 1, retryIf })).toBe(3)
        expect(asked).toMatchObject([{ _tag: 'Odd', n: 1 }, { message: 'a defect' }])
        yield* Pool.close(pool)
        const retried = (yield* Fiber.join(seen)).filter(({ type }) => type === 'retried')
        expect(retried).toMatchObject([{ error: { n: 1 } }, { error: { message: 'a defect' } }])
      }),
    ))

  test('tells of all that happens in it, however late that is looked at', () =>
    run(
      kind,
      Effect.gen(function* () {
        const pool = yield* Pool.make({ processes: 1 })
        const seen = yield* Effect.forkChild(Stream.runCollect(Stream.rechunk(Pool.events(pool), 1)), {
          startImmediately: true,
        })
        yield* Pool.map(pool, tasks.square, [1, 2, 3, 4, 5], { chunksize: 1 })
        yield* Pool.close(pool)
        const finished = (yield* Fiber.join(seen)).filter(({ type }) => type === 'finished')
        expect(finished).toHaveLength(5)
      }),
    ))

  test('dies with what is wrong of what is no task', () =>
    run(
      kind,
      Effect.gen(function* () {
        const pool = yield* Pool.make({ processes: 1 })
        for (const call of [Pool.apply(pool, undefined as never, []), Pool.map(pool, undefined as never, [1])]) {
          const exit = yield* Effect.exit(call)
          expect(Exit.isFailure(exit) && exit.cause.reasons[0]).toMatchObject({
            _tag: 'Die',
            defect: { message: expect.stringContaining('a pool runs tasks of a task module') },
          })
        }
      }),
    ))

  test('builds the layer of a task once in each worker', () =>
    run(
      kind,
      Effect.gen(function* () {
        const pool = yield* Pool.make({ processes: 1 })
        const all = yield* Pool.map(pool, tasks.calls, [1, 2, 3] as never)
        expect(all.map((each) => each.calls)).toEqual([1, 2, 3])
        expect(new Set(all.map((each) => each.pid)).size).toBe(1)
      }),
    ))

  test('maps a stream, in order, by what there is room for', () =>
    run(
      kind,
      Effect.gen(function* () {
        const pool = yield* Pool.make({ processes: 2 })
        const total = yield* Stream.range(1, 500).pipe(Pool.mapStream(pool, tasks.square), Stream.runCollect)
        expect(total).toEqual(Array.from({ length: 500 }, (_, i) => (i + 1) ** 2))
      }),
    ))
})

describe('a pool of processes', () => {
  test('has a killed worker fail its call alone, and makes another', () =>
    run(
      'process',
      Effect.gen(function* () {
        const pool = yield* Pool.make({ processes: 1 })
        const begun = yield* Event.make
        const lock = yield* Lock.make
        const calling = yield* Effect.forkChild(Effect.flip(Pool.apply(pool, tasks.holdsForEver, [begun, lock])))
        yield* Event.wait(begun)
        process.kill((yield* Pool.stats(pool)).pids[0]!, 'SIGKILL')
        expect(yield* Fiber.join(calling)).toBeInstanceOf(WorkerDiedError)
        expect(yield* Pool.apply(pool, tasks.square, [2])).toBe(4)
        yield* Lock.withLock(lock, Effect.void)
      }),
    ))

  test('is closed by the end of its scope, and its workers are gone', async () => {
    const [pool, pids] = await run(
      'process',
      Effect.gen(function* () {
        const made = yield* Pool.make({ processes: 2 })
        yield* Pool.prewarm(made)
        return [made, (yield* Pool.stats(made)).pids] as const
      }),
    )
    expect(pids).toHaveLength(2)
    await allGone(pids)
    expect(await Effect.runPromise(Effect.flip(Pool.apply(pool, tasks.square, [1])))).toBeInstanceOf(PoolClosedError)
  })
})
