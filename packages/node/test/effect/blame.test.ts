import { EncodeError, TaskError } from '@millrace/node'
import { Pool, Process, Stage } from '@millrace/node/effect'
import * as Effect from 'effect/Effect'
import * as Stream from 'effect/Stream'
import { describe, expect, test } from 'vitest'
import { kinds, run, tasks } from './run.ts'

const names = [
  'TimeoutError',
  'CancelledError',
  'PoolClosedError',
  'DisconnectedError',
  'ProcessDiedError',
  'WorkerDiedError',
] as const

type Name = (typeof names)[number]

describe.each(kinds)('what a plain function throws in a worker of kind $kind', ({ kind }) => {
  test.each(names)('is a TaskError, though it is a %s', (name: Name) =>
    run(
      kind,
      Effect.gen(function* () {
        const pool = yield* Pool.make({ processes: 1 })
        const thrown = [
          yield* Effect.flip(Pool.apply(pool, tasks.throwsAs, [name])),
          yield* Effect.flip(Pool.map(pool, tasks.throwsAs, [name])),
          yield* Effect.flip(Pool.broadcast(pool, tasks.throwsAs, [name])),
          yield* Effect.flip(Process.run(tasks.throwsAs, name)),
          yield* Effect.flip(Stream.runDrain(Stage.mapProcess(Stream.make(name), tasks.throwsAs, { pool }))),
          yield* Effect.flip(
            Stream.runDrain(Stage.scanProcess(Stream.make(name), tasks.foldsAs, { key: () => 1, seed: 0 })),
          ),
        ]
        for (const error of thrown) {
          expect(error).toBeInstanceOf(TaskError)
          expect((error as TaskError).cause).toMatchObject({ _tag: name })
        }
      }),
    ),
  )

  test('may have causes that go in a circle', () =>
    run(
      kind,
      Effect.gen(function* () {
        const pool = yield* Pool.make({ processes: 1 })
        const thrown = yield* Effect.flip(Pool.apply(pool, tasks.throwsInCircles, [1]))
        expect(thrown).toBeInstanceOf(TaskError)
        expect(thrown).toMatchObject({ cause: { message: 'first', cause: { message: 'second' } } })
      }),
    ))

  test('is none where its result cannot travel', () =>
    run(
      kind,
      Effect.gen(function* () {
        const pool = yield* Pool.make({ processes: 1 })
        expect(yield* Effect.flip(Pool.apply(pool, tasks.functionOf, [1]))).toBeInstanceOf(EncodeError)
        expect(yield* Effect.flip(Process.run(tasks.functionOf, 1))).toBeInstanceOf(EncodeError)
      }),
    ))
})
