import { BrokenPoolError, PoolClosedError, PoolTerminatedError, WorkerDiedError } from '@millrace/node'
import { Pool, Process, Stage } from '@millrace/node/effect'
import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import * as Fiber from 'effect/Fiber'
import * as Result from 'effect/Result'
import * as Stream from 'effect/Stream'
import { describe, expect, test } from 'vitest'
import { allGone } from '../processes.ts'
import { kinds, run, tasks } from './run.ts'

const numbers = (to: number) => Array.from({ length: to }, (_, i) => i)

describe.each(kinds)('a stage of kind $kind', ({ kind }) => {
  test('maps in order, or as the results come', () =>
    run(
      kind,
      Effect.gen(function* () {
        const inOrder = yield* Stream.range(0, 299).pipe(
          Stage.mapProcess(tasks.plusOne, { processes: 2 }),
          Stream.map((n) => n * 2),
          Stream.runCollect,
        )
        expect(inOrder).toEqual(numbers(300).map((n) => (n + 1) * 2))
        const asTheyCome = yield* Stream.range(0, 99).pipe(
          Stage.mapProcess(tasks.slowly, { processes: 2, ordered: false, maxsize: 5 }),
          Stream.runCollect,
        )
        expect(asTheyCome.sort((a, b) => a - b)).toEqual(numbers(100))
      }),
    ))

  test('has workers of the kind that the hub has, unless it says another', () =>
    run(
      kind,
      Effect.gen(function* () {
        const other = kind === 'thread' ? 'process' : 'thread'
        const kinds = (options: Stage.StageOptions) =>
          Stream.make(1).pipe(Stage.mapProcess(tasks.kindHere, options), Stream.runCollect)
        expect(yield* kinds({})).toEqual([kind])
        expect(yield* kinds({ kind: undefined })).toEqual([kind])
        expect(yield* kinds({ kind: other })).toEqual([other])
        const pool = yield* Pool.make({ processes: 1, kind: undefined })
        expect(yield* Pool.apply(pool, tasks.kindHere, [])).toBe(kind)
        const forked = yield* Process.forkWith({ kind: undefined })(tasks.kindHere)
        expect(yield* forked.result).toBe(kind)
      }),
    ))

  test('dies of chunks of less than one element', () =>
    run(
      kind,
      Effect.gen(function* () {
        for (const chunksize of [0, -1, 0.5, Number.NaN]) {
          const stage = Stream.make(1).pipe(Stage.mapProcess(tasks.plusOne, { chunksize }))
          const exit = yield* Effect.exit(Stream.runDrain(stage))
          expect(Exit.isFailure(exit) && exit.cause.reasons[0]).toMatchObject({
            _tag: 'Die',
            defect: { message: expect.stringContaining('chunksize must be a whole number of at least 1') },
          })
        }
      }),
    ))

  test('filters, and flattens what a task gives', () =>
    run(
      kind,
      Effect.gen(function* () {
        const pool = yield* Pool.make({ processes: 2 })
        const even = Stage.filterProcess(Stream.range(0, 20), tasks.isEven, { pool })
        expect(yield* Stream.runCollect(even)).toEqual(numbers(21).filter((n) => n % 2 === 0))
        const all = Stream.fromIterable([3, 0, 2, 200]).pipe(Stage.flatMapProcess(tasks.upTo, { pool }))
        expect(yield* Stream.runCollect(all)).toEqual([1, 2, 3, 1, 2, ...numbers(200).map((n) => n + 1)])
      }),
    ))

  test('fails with the first call that does, behind the results of those before, or goes on', () =>
    run(
      kind,
      Effect.gen(function* () {
        const pool = yield* Pool.make({ processes: 2 })
        const seen: number[] = []
        const failed = yield* Stream.range(0, 50).pipe(
          Stage.mapProcess(tasks.evenOrOdd, { pool }),
          Stream.runForEach((n) => Effect.sync(() => void seen.push(n))),
          Effect.flip,
        )
        expect(failed).toMatchObject({ _tag: 'Odd', n: 3 })
        expect(seen).toEqual([0, 1, 2])
        const results = yield* Stream.range(0, 29).pipe(
          Stage.mapProcessResult(tasks.evenOrOdd, { pool }),
          Stream.runCollect,
        )
        expect(results.filter(Result.isSuccess).map((each) => each.success)).toEqual(
          numbers(30).filter((n) => n % 10 !== 3),
        )
        const failures = results.filter(Result.isFailure).map((each) => each.failure)
        expect(failures).toMatchObject(
          [3, 13, 23].map((n) => ({ _tag: 'Failed', input: n, error: { _tag: 'Odd', n } })),
        )
      }),
    ))

  test('hands on what it is given to do before it fails as the stream above it does', () =>
    run(
      kind,
      Effect.gen(function* () {
        const seen: number[] = []
        const failing = Stream.concat(Stream.range(0, 9), Stream.fail('above' as const))
        const failed = yield* failing.pipe(
          Stage.mapProcess(tasks.plusOne),
          Stream.runForEach((n) => Effect.sync(() => void seen.push(n))),
          Effect.flip,
        )
        expect(failed).toBe('above')
        expect(seen).toEqual(numbers(10).map((n) => n + 1))
      }),
    ))
})

describe('a chain of stages', () => {
  test('takes no more from an endless stream than the sum of what they may hold', () =>
    run(
      'thread',
      Effect.gen(function* () {
        let given = 0
        let taken = 0
        let most = 0
        const endless = Stream.fromEffectRepeat(
          Effect.sync(() => {
            most = Math.max(most, ++given - taken)
            return given
          }),
        )
        yield* endless.pipe(
          Stage.mapProcess(tasks.plusOne, { processes: 2, maxsize: 8 }),
          Stage.mapProcess(tasks.plusOne, { maxsize: 4, ordered: false }),
          Stage.mapProcess(tasks.plusOne, { maxsize: 4 }),
          Stream.rechunk(1),
          Stream.take(600),
          Stream.runForEach(() =>
            Effect.suspend(() => {
              taken++
              return taken % 100 === 0 ? Effect.sleep(20) : Effect.void
            }),
          ),
        )
        // What the source has made in its one turn ahead, and the chunk that is being handed out, aside.
        expect(most).toBeLessThanOrEqual(8 + 4 + 4 + 1)
        expect(most).toBeGreaterThanOrEqual(8)
      }),
    ))

  test.each([0, 1, 2])('with a worker killed in stage %i gives each element once, if it may try again', (stage) =>
    run(
      'process',
      Effect.gen(function* () {
        const victims = [40, 41, 90]
        const mark = (at: number) => (item: { n: number }) => ({
          n: item.n,
          victim: at === stage && victims.includes(item.n - at),
        })
        const options = { processes: 2, retries: 2, backoff: 1, ordered: stage !== 1 }
        const all = yield* Stream.range(0, 149).pipe(
          Stream.map((n) => mark(0)({ n })),
          Stage.mapProcess(tasks.dieOnce, options),
          Stream.map(mark(1)),
          Stage.mapProcess(tasks.dieOnce, options),
          Stream.map(mark(2)),
          Stage.mapProcess(tasks.dieOnce, options),
          Stream.runCollect,
        )
        expect(all.map(({ n }) => n).sort((a, b) => a - b)).toEqual(numbers(150).map((n) => n + 3))
      }),
    ),
  )

  test('tells of each element that it was lost with, where it may not try again', () =>
    run(
      'process',
      Effect.gen(function* () {
        const results = yield* Stream.range(0, 59).pipe(
          Stream.map((n) => ({ n, victim: n === 17 })),
          Stage.mapProcessResult(tasks.dieAlways, { processes: 2, chunksize: 1 }),
          Stream.runCollect,
        )
        // Those that were done, and whose results had not left the worker, are lost with it.
        const lost = results.filter(Result.isFailure).map((each) => each.failure)
        expect(lost.map((each) => each.input.n)).toContain(17)
        for (const { error } of lost) expect(error).toBeInstanceOf(WorkerDiedError)
        const done = results.filter(Result.isSuccess).map((each) => each.success)
        const all = [...done, ...lost.map((each) => each.input.n)]
        expect(all.sort((a, b) => a - b)).toEqual(numbers(60))
      }),
    ))

  test('has no worker left when it is interrupted, has failed, or was left early', async () => {
    const pids: number[] = []
    const watched = <A, E, R>(stream: Stream.Stream<A, E, R>) =>
      Effect.gen(function* () {
        const pool = yield* Pool.make({ processes: 2 })
        yield* Pool.prewarm(pool)
        pids.push(...(yield* Pool.stats(pool)).pids)
        return yield* Effect.exit(Stream.runDrain(stream))
      }).pipe(Effect.scoped)
    const endless = Stream.iterate(0, (n) => n + 1)
    await run('process', watched(endless.pipe(Stage.mapProcess(tasks.plusOne), Stream.take(10))))
    await run('process', watched(endless.pipe(Stage.mapProcess(tasks.evenOrOdd))))
    await run(
      'process',
      Effect.gen(function* () {
        const running = yield* Effect.forkChild(watched(endless.pipe(Stage.mapProcess(tasks.slowly))))
        yield* Effect.sleep(500)
        yield* Fiber.interrupt(running)
      }),
    )
    await allGone(pids)
  })

  test('fails as a whole where its pool is terminated, also if calls that fail do not end it', () =>
    run(
      'thread',
      Effect.gen(function* () {
        const pool = yield* Pool.make({ processes: 1 })
        const results = Stream.fromIterable(numbers(40)).pipe(
          Stage.mapProcessResult(tasks.slowly, { pool, maxsize: 4 }),
        )
        const first = Stream.tap(results, () => Pool.terminate(pool))
        expect(yield* Effect.flip(Stream.runDrain(first))).toBeInstanceOf(PoolTerminatedError)
        expect(yield* Effect.flip(Stream.runDrain(results))).toBeInstanceOf(PoolClosedError)
        const values = Stream.make(1).pipe(Pool.mapStream(pool, tasks.plusOne))
        expect(yield* Effect.flip(Stream.runDrain(values))).toBeInstanceOf(PoolClosedError)
      }),
    ))

  test('fails with BrokenPoolError where no worker can be had', () =>
    run(
      'process',
      Effect.gen(function* () {
        const pool = yield* Pool.make({ processes: 1, initializer: tasks.thrown, initargs: [1] })
        const broken = yield* Effect.flip(Stream.runDrain(Stage.mapProcess(Stream.make(1), tasks.plusOne, { pool })))
        expect(broken).toBeInstanceOf(BrokenPoolError)
      }),
    ))
})
