import { taskModule, WorkerDiedError } from '@millrace/browser'
import { Event, Hub, Pool, Process, Queue, Stage } from '@millrace/browser/effect'
import * as Effect from 'effect/Effect'
import * as Fiber from 'effect/Fiber'
import type { Scope } from 'effect/Scope'
import * as Stream from 'effect/Stream'
import { describe, expect, test } from 'vitest'

const tasks = taskModule<typeof import('./fixtures/effect-tasks.ts')>(
  () => new Worker(new URL('./fixtures/effect.worker.ts', import.meta.url), { type: 'module' }),
)

const run = <A, E>(program: Effect.Effect<A, E, Hub.Hub | Scope>): Promise<A> =>
  Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(Hub.layerWorker)))

describe('Effects over Web Workers', () => {
  test('write to a queue that is read here as a stream', () =>
    run(
      Effect.gen(function* () {
        const queue = yield* Queue.make<string>({ maxsize: 3 })
        yield* Process.fork(tasks.writer, queue, 5)
        const seen = yield* Queue.stream(queue).pipe(Stream.take(5), Stream.runCollect)
        expect(seen).toEqual(['message 0', 'message 1', 'message 2', 'message 3', 'message 4'])
      }),
    ))

  test('fail as they fail here, and are mapped by stages', () =>
    run(
      Effect.gen(function* () {
        const pool = yield* Pool.make({ processes: 2 })
        expect(yield* Effect.flip(Pool.apply(pool, tasks.half, [3]))).toMatchObject({ _tag: 'Odd', n: 3 })
        const halves = Stream.range(1, 50).pipe(
          Stream.map((n) => 2 * n),
          Stage.mapProcess(tasks.half, { pool }),
        )
        expect(yield* Stream.runSum(halves)).toBe(1275)
      }),
    ))

  test('fold the elements of each key, or all of them as a Stream', () =>
    run(
      Effect.gen(function* () {
        const options = { key: (n: number) => n % 2, seed: 0, processes: 2 }
        const sums = yield* Stream.runCollect(Stage.reduceProcess(Stream.range(1, 9), tasks.add, options))
        expect(new Map(sums)).toEqual(
          new Map([
            [1, 25],
            [0, 20],
          ]),
        )
        const failed = Stream.runDrain(Stage.scanProcess(Stream.range(-1, 1), tasks.add, options))
        expect(yield* Effect.flip(failed)).toMatchObject({ _tag: 'Odd', n: 0 })
        const pairs = Stage.throughProcess(Stream.range(1, 5), tasks.pairSums)
        expect(yield* Stream.runCollect(pairs)).toEqual([3, 7, 5])
      }),
    ))

  test('are interrupted when their caller is, and one whose worker is ended says so', () =>
    run(
      Effect.gen(function* () {
        const pool = yield* Pool.make({ processes: 1 })
        const log = yield* Queue.make<string>()
        const begun = yield* Event.make
        const calling = yield* Effect.forkChild(Pool.apply(pool, tasks.untilInterrupted, [begun, log]))
        yield* Event.wait(begun)
        yield* Fiber.interrupt(calling)
        expect(yield* Queue.get(log)).toBe('interrupted')
        expect(yield* Effect.flip(Pool.apply(pool, tasks.leaves, []))).toBeInstanceOf(WorkerDiedError)
      }),
    ))
})
