import { Pool, Process, Stage } from '@millrace/node/effect'
import * as Cause from 'effect/Cause'
import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import * as Stream from 'effect/Stream'
import { describe, expect, test } from 'vitest'
import { kinds, run, tasks } from './run.ts'

/** The reasons of what an Effect fails of. */
const reasonsOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.exit(effect), (exit) =>
    Exit.isSuccess(exit)
      ? []
      : exit.cause.reasons.map((reason) =>
          Cause.isFailReason(reason)
            ? ['Fail', (reason.error as { _tag: string })._tag]
            : Cause.isDieReason(reason)
              ? ['Die', (reason.defect as Error).message]
              : ['Interrupt'],
        ),
  )

describe.each(kinds)('an Effect in a worker of kind $kind', ({ kind }) => {
  test('that ends for several reasons has all of them at its caller', () =>
    run(
      kind,
      Effect.gen(function* () {
        const pool = yield* Pool.make({ processes: 1 })
        const failedAndDied = [
          ['Fail', 'Odd'],
          ['Die', 'a defect'],
        ]
        expect(yield* reasonsOf(Pool.apply(pool, tasks.failsAndDies, []))).toEqual(failedAndDied)
        expect(yield* reasonsOf(Process.run(tasks.failsAndDies))).toEqual(failedAndDied)
        const results = Stream.make(1).pipe(Stage.mapProcessResult(tasks.failsAndDies as never, { pool }))
        expect(yield* reasonsOf(Stream.runDrain(results))).toEqual(failedAndDied)
        const stage = Stream.make(1).pipe(Stage.flatMapProcess(tasks.givesFailsAndDies as never, { pool }))
        expect(yield* reasonsOf(Stream.runDrain(stage))).toEqual(failedAndDied)
        expect(yield* reasonsOf(Pool.apply(pool, tasks.interruptedAndDies, []))).toEqual([
          ['Interrupt'],
          ['Die', 'a defect'],
        ])
      }),
    ))
})
