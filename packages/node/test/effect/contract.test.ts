import { ContractError, taskModule } from '@millrace/node'
import { Pool, Process, Stage } from '@millrace/node/effect'
import * as Contract from '@millrace/node/effect/contract'
import * as Effect from 'effect/Effect'
import * as Result from 'effect/Result'
import * as Stream from 'effect/Stream'
import { describe, expect, test } from 'vitest'
import { BadDate, DaysUntil } from './fixtures/contract.mjs'
import { run } from './run.ts'

const tasks = taskModule<typeof import('./fixtures/contract-tasks.mjs')>(
  new URL('./fixtures/contract-tasks.mjs', import.meta.url),
)
const daysUntil = Contract.bind(DaysUntil, tasks.daysUntil)
const day = (n: number) => new Date(n * 86_400_000)

describe('a contract', () => {
  test('encodes what is given and decodes what comes, values and errors', () =>
    run(
      'thread',
      Effect.gen(function* () {
        const pool = yield* Pool.make({ processes: 1 })
        expect(yield* Pool.apply(pool, daysUntil, [day(59)])).toBe(59n)
        expect(yield* Process.run(daysUntil, day(3))).toBe(3n)
        const bad = yield* Effect.flip(Pool.apply(pool, daysUntil, [day(-1)]))
        expect(bad).toBeInstanceOf(BadDate)
        expect(bad).toMatchObject({ date: day(-1) })
      }),
    ))

  test('refuses at the caller what does not fit, and in the worker what somebody else has sent', () =>
    run(
      'thread',
      Effect.gen(function* () {
        const pool = yield* Pool.make({ processes: 1 })
        const early = yield* Effect.flip(Pool.apply(pool, daysUntil, ['tomorrow' as never]))
        expect(early).toBeInstanceOf(ContractError)
        expect(early).toMatchObject({ _tag: 'ContractError', of: 'input' })
        expect((yield* Pool.stats(pool)).completed + (yield* Pool.stats(pool)).failed).toBe(0)
        const late = yield* Effect.flip(Pool.apply(pool, tasks.daysUntil, [17 as never]))
        expect(late).toBeInstanceOf(ContractError)
        expect(late).toMatchObject({ of: 'input' })
        expect(yield* Pool.apply(pool, tasks.calls, [])).toBe(0)
        const wrong = yield* Effect.flip(Pool.apply(pool, daysUntil, [day(13)]))
        expect(wrong).toMatchObject({ _tag: 'ContractError', of: 'output' })
      }),
    ))

  test('holds in a stage, where each element keeps its place', () =>
    run(
      'thread',
      Effect.gen(function* () {
        const results = yield* Stream.make(day(1), 'never' as never, day(-2), day(3)).pipe(
          Stage.mapProcessResult(daysUntil),
          Stream.runCollect,
        )
        expect(results.map((each) => (Result.isSuccess(each) ? each.success : each.failure.error._tag))).toEqual([
          1n,
          'ContractError',
          'BadDate',
          3n,
        ])
        expect(Result.isFailure(results[2]!) && results[2].failure.input).toEqual(day(-2))
      }),
    ))
})
