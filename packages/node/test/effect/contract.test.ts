import { ContractError, taskModule } from '@millrace/node'
import { Pool, Process, Stage } from '@millrace/node/effect'
import * as Contract from '@millrace/node/effect/contract'
import * as Cause from 'effect/Cause'
import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import * as Result from 'effect/Result'
import * as Schema from 'effect/Schema'
import * as SchemaGetter from 'effect/SchemaGetter'
import * as Stream from 'effect/Stream'
import { describe, expect, test } from 'vitest'
import { BadDate, DaysUntil, IsLate } from './fixtures/contract.mjs'
import { kinds, run } from './run.ts'

const tasks = taskModule<typeof import('./fixtures/contract-tasks.mjs')>(
  new URL('./fixtures/contract-tasks.mjs', import.meta.url),
)
const daysUntil = Contract.bind(DaysUntil, tasks.daysUntil)
const isLate = Contract.bind(IsLate, tasks.isLate)
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

describe.each(kinds)('a contract with a $kind', ({ kind }) => {
  test('refuses what does not fit wherever many are called, and calls nothing with it', () =>
    run(
      kind,
      Effect.gen(function* () {
        const pool = yield* Pool.make({ processes: 1 })
        // It is what is sent for a date, and no date.
        const unfit = '2020-01-01' as never
        const stream = Stream.make(unfit)
        for (const refused of [
          Effect.flip(Pool.map(pool, daysUntil, [unfit])),
          Effect.flip(Stream.runDrain(Stage.mapProcess(stream, daysUntil, { pool }))),
          Effect.flip(Stream.runDrain(Stage.filterProcess(stream, isLate, { pool }))),
        ] as Array<Effect.Effect<unknown>>)
          expect(yield* refused).toMatchObject({ _tag: 'ContractError', of: 'input' })
        const [failed] = yield* Stream.runCollect(Stage.mapProcessResult(stream, daysUntil, { pool }))
        expect(Result.isFailure(failed!) && failed.failure).toMatchObject({
          input: unfit,
          error: { _tag: 'ContractError', of: 'input' },
        })
        expect(yield* Pool.apply(pool, tasks.calls, [])).toBe(0)
      }),
    ))

  test('asks whether an error is worth another attempt that is what the task fails of', () =>
    run(
      kind,
      Effect.gen(function* () {
        const pool = yield* Pool.make({ processes: 1 })
        const secondTime = Contract.bind(DaysUntil, tasks.secondTime)
        const asked: unknown[] = []
        const retryIf = (error: unknown) => asked.push(error) > 0
        expect(yield* Pool.apply(pool, secondTime, [day(3)], { retries: 1, backoff: 1, retryIf })).toBe(2n)
        expect(asked[0]).toBeInstanceOf(BadDate)
        expect(asked).toMatchObject([{ date: day(3) }])
      }),
    ))

  test('hands on the very elements of a stream', () =>
    run(
      kind,
      Effect.gen(function* () {
        const pool = yield* Pool.make({ processes: 1 })
        const [early, late] = [day(-1), day(1)]
        const [kept, none] = yield* Stream.runCollect(Stage.filterProcess(Stream.make(early, late), isLate, { pool }))
        expect(kept).toBe(late)
        expect(none).toBeUndefined()
        const [failed] = yield* Stream.runCollect(Stage.mapProcessResult(Stream.make(early), daysUntil, { pool }))
        expect(Result.isFailure(failed!) && failed.failure.input).toBe(early)
      }),
    ))

  test('says in the words of its schema what is wrong, and dies of a schema that has to wait', () =>
    run(
      kind,
      Effect.gen(function* () {
        const pool = yield* Pool.make({ processes: 1 })
        const wrong = yield* Effect.flip(Pool.apply(pool, daysUntil, ['tomorrow' as never]))
        expect((wrong as Error).message).toContain('Expected a valid Date')
        const waiting = Schema.String.pipe(
          Schema.decodeTo(Schema.String, {
            decode: SchemaGetter.transformEffect((text: string) => Effect.delay(Effect.succeed(text), 1)),
            encode: SchemaGetter.passthrough(),
          }),
        )
        const contract = Contract.make({ input: Schema.DateFromString, output: waiting })
        const late = Contract.bind(contract, tasks.daysUntil as never) as never as typeof daysUntil
        const died = yield* Effect.exit(Pool.apply(pool, late, [day(3)]))
        expect(Exit.isFailure(died) && Cause.hasDies(died.cause) && !Cause.hasFails(died.cause)).toBe(true)
      }),
    ))

  test('dies of a schema that throws, also where many are called', () =>
    run(
      kind,
      Effect.gen(function* () {
        const pool = yield* Pool.make({ processes: 1 })
        const throwing = Schema.String.pipe(
          Schema.decodeTo(Schema.DateFromString, {
            decode: SchemaGetter.passthrough(),
            encode: SchemaGetter.transform((): string => {
              throw new Error('a defect')
            }),
          }),
        )
        const contract = Contract.make({ ...DaysUntil, input: throwing })
        const never = Contract.bind(contract, tasks.daysUntil as never) as never as typeof daysUntil
        for (const call of [
          Pool.apply(pool, never, [day(3)]),
          Pool.map(pool, never, [day(3)]),
          Stream.runCollect(Stage.mapProcessResult(Stream.make(day(3)), never, { pool })),
        ]) {
          const exit = yield* Effect.exit(call as Effect.Effect<unknown, unknown>)
          expect(Exit.isFailure(exit) && exit.cause.reasons).toMatchObject([
            { _tag: 'Die', defect: { message: 'a defect' } },
          ])
        }
        expect(yield* Pool.apply(pool, tasks.calls, [])).toBe(0)
      }),
    ))
})
