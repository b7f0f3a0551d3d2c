import { EncodeError } from '@millrace/node'
import { Stage } from '@millrace/node/effect'
import * as Cause from 'effect/Cause'
import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import * as Fiber from 'effect/Fiber'
import * as Metric from 'effect/Metric'
import * as Stream from 'effect/Stream'
import { describe, expect, test } from 'vitest'
import { alone } from '../alone.ts'
import { kinds, memoryTracer, run, tasks } from './run.ts'

/** What a stream gives, and what it fails of. */
function ofAll<A, E, R>(stream: Stream.Stream<A, E, R>) {
  const seen: A[] = []
  const all = Stream.runForEach(stream, (each) => Effect.sync(() => void seen.push(each)))
  return Effect.map(Effect.flip(all), (failed) => ({ seen, failed }))
}

/** Counts how many were asked for. */
class Counted {
  given = 0
  readonly numbers: Stream.Stream<number> = Stream.fromEffectRepeat(Effect.sync(() => this.given++))
}

describe.each(kinds)('a stage of kind $kind', ({ kind }) => {
  test('folds the elements of each key, those of a key in order, and gives each state', () =>
    run(
      kind,
      Effect.gen(function* () {
        const sums = Stream.make(1, 2, 3).pipe(Stage.scanProcess(tasks.add, { key: () => 'all', seed: 10 }))
        expect(yield* Stream.runCollect(sums)).toEqual([
          ['all', 11],
          ['all', 13],
          ['all', 16],
        ])
      }),
    ))

  test('keeps the state of each key in one process', () =>
    run(
      kind,
      Effect.gen(function* () {
        const seed = { sum: 0, pids: [] as number[] }
        const options = { key: (n: number) => n % 4, seed, processes: 2 }
        const last = new Map(yield* Stream.runCollect(Stage.scanProcess(Stream.range(0, 39), tasks.addHere, options)))
        const reduced = Stage.reduceProcess(Stream.range(0, 39), tasks.addHere, options)
        for (const states of [last, new Map(yield* Stream.runCollect(reduced))]) {
          expect([0, 1, 2, 3].map((key) => states.get(key)!.sum)).toEqual([180, 190, 200, 210])
          for (const { pids } of states.values()) expect(pids.length).toBe(1)
        }
      }),
    ))

  test('folds by an Effect, and fails as that does, behind the states before', async () => {
    await run(
      kind,
      Effect.gen(function* () {
        const fold = Stage.scanProcess(tasks.addCounted, { key: () => true, seed: 0 })
        const { seen, failed } = yield* ofAll(fold(Stream.make(1, 2, 13, 4)))
        expect(failed).toMatchObject({ _tag: 'Odd', n: 13 })
        expect(seen).toEqual([
          [true, 1],
          [true, 3],
        ])
      }),
    )
    await alone()
  })

  test('fails with EncodeError where its seed cannot travel', () =>
    run(
      kind,
      Effect.gen(function* () {
        const scan = Stage.scanProcess(tasks.add, { key: () => 1, seed: (() => 0) as never, processes: 2 })
        expect((yield* ofAll(scan(Stream.make(1)))).failed).toBeInstanceOf(EncodeError)
      }),
    ))

  test('fails with TaskError where a plain function throws', () =>
    run(
      kind,
      Effect.gen(function* () {
        const fold = Stage.reduceProcess(tasks.thrown as never as typeof tasks.add, { key: () => 1, seed: 0 })
        const { seen, failed } = yield* ofAll(fold(Stream.make(1, 2)))
        expect(failed).toMatchObject({ _tag: 'TaskError', message: expect.stringContaining('out of range') })
        expect(seen).toEqual([])
      }),
    ))

  test('hands on the states of what was before the stream above failed; a reduction has come to none', () =>
    run(
      kind,
      Effect.gen(function* () {
        const failing = Stream.concat(Stream.range(0, 9), Stream.fail('above' as const))
        const options = { key: (n: number) => n % 2, seed: 0, processes: 2 }
        const scanned = yield* ofAll(Stage.scanProcess(failing, tasks.add, options))
        expect(scanned.failed).toBe('above')
        expect(new Map(scanned.seen)).toEqual(
          new Map([
            [0, 20],
            [1, 25],
          ]),
        )
        expect(yield* ofAll(Stage.reduceProcess(failing, tasks.add, options))).toEqual({ seen: [], failed: 'above' })
      }),
    ))

  test('runs a function from Stream to Stream, with what its layer gives it', async () => {
    await run(
      kind,
      Effect.gen(function* () {
        const sums = Stream.range(1, 5).pipe(Stage.throughProcess(tasks.pairSums))
        expect(yield* Stream.runCollect(sums)).toEqual([3, 7, 5])
        const pids = yield* Stream.runCollect(Stage.throughProcess(Stream.make(1, 2), tasks.withPid))
        expect(new Set(pids).size).toBe(1)
        if (kind === 'process') expect(pids).not.toContain(process.pid)
      }),
    )
    await alone()
  })

  test('fails with what its Stream fails of, behind what that gave before', () =>
    run(
      kind,
      Effect.gen(function* () {
        const { seen, failed } = yield* ofAll(Stage.throughProcess(Stream.range(1, 5), tasks.noThree))
        expect(failed).toMatchObject({ _tag: 'Odd', n: 3 })
        expect(seen).toEqual([1, 2])
      }),
    ))

  test('ends when its Stream has enough, and asks for no more than it has room for', async () => {
    const source = new Counted()
    await run(
      kind,
      Effect.gen(function* () {
        const three = Stage.throughProcess(source.numbers, tasks.firstThree, { maxsize: 8 })
        expect(yield* Stream.runCollect(three)).toEqual([0, 1, 2])
      }),
    )
    expect(source.given).toBeLessThan(200)
    await alone()
  })

  test('lets demand through: the source waits for a slow end', async () => {
    const source = new Counted()
    let done = 0
    let most = 0
    await run(
      kind,
      source.numbers.pipe(
        Stage.throughProcess(tasks.counted, { maxsize: 8 }),
        Stage.scanProcess(tasks.add, { key: (n) => n % 2, seed: 0, maxsize: 8, processes: 2 }),
        Stream.rechunk(1),
        Stream.take(60),
        Stream.runForEach(() =>
          Effect.suspend(() => {
            most = Math.max(most, source.given - ++done)
            return Effect.sleep(2)
          }),
        ),
      ),
    )
    expect(done).toBe(60)
    // 8 in the pipes of the one, 16 in those of the other, and what each process and the source have in hand.
    expect(most).toBeLessThan(150)
    await alone()
  })

  test('is part of the trace of its caller, and what it counts is counted there', () =>
    run(
      kind,
      Effect.gen(function* () {
        const { spans, tracer } = memoryTracer()
        const hits = Metric.counter('hits', { incremental: true })
        const before = (yield* Metric.value(hits)).count
        const options = { key: (n: number) => n % 2, seed: 0 }
        yield* Effect.gen(function* () {
          yield* Stream.runDrain(Stage.scanProcess(Stream.range(1, 4), tasks.addCounted, options))
          const reduced = yield* Stream.runCollect(Stage.reduceProcess(Stream.range(1, 4), tasks.addCounted, options))
          expect(reduced).toEqual([
            [1, 4],
            [0, 6],
          ])
          yield* Stream.runDrain(Stage.throughProcess(Stream.range(1, 4), tasks.counted))
        }).pipe(Effect.withSpan('caller'), Effect.withTracer(tracer))
        const caller = spans.find(({ name }) => name === 'caller')!
        const under = spans.filter(({ traceId, name }) => traceId === caller.traceId && name !== 'caller')
        expect(under.map(({ name }) => name).sort()).toEqual([
          ...new Array<string>(8).fill('adding'),
          ...new Array<string>(4).fill('counting'),
        ])
        expect((yield* Metric.value(hits)).count).toBe(Number(before) + 12)
      }),
    ))

  test('dies of a key that is none, and of a task from which no Stream comes', () =>
    run(
      kind,
      Effect.gen(function* () {
        const source = Stream.make(1)
        const dying = <A, E, R>(stream: Stream.Stream<A, E, R>) =>
          Effect.map(Effect.exit(Stream.runDrain(stream)), (exit) =>
            Exit.isFailure(exit) && Cause.hasDies(exit.cause) ? Cause.squash(exit.cause) : undefined,
          )
        for (const [key, got] of [
          [{ n: 1 }, 'an Object'],
          [undefined, 'undefined'],
          [new Date(0), 'a Date'],
        ] as const) {
          const options = { key: () => key as never, seed: 0 }
          for (const stage of ['scanProcess', 'reduceProcess'] as const) {
            const died = yield* dying(Stage[stage](source, tasks.add, options))
            expect(died).toBeInstanceOf(TypeError)
            expect(died).toMatchObject({ message: expect.stringContaining(`${stage}()`) })
            expect(died).toMatchObject({ message: expect.stringMatching(new RegExp(`not ${got}$`)) })
          }
        }
        const plain = tasks.square as never as typeof tasks.counted
        expect(yield* dying(Stage.throughProcess(source, plain))).toMatchObject({
          message: 'task square of throughProcess() has to return a Stream, and returned a number',
        })
      }),
    ))

  test('is refused where it makes no sense', () => {
    const source = Stream.make(1)
    const fold = (options: object) => () => Stage.scanProcess(source, tasks.add, options as never)
    expect(fold({ seed: 0 })).toThrow('scanProcess() needs a key')
    expect(fold({ key: () => 1, seed: 0, processes: 0 })).toThrow('processes')
    expect(fold({ key: () => 1, seed: 0, process: 2 })).toThrow('process')
    expect(() => Stage.throughProcess(source, ((x: unknown) => x) as never)).toThrow('task')
  })
})

test('fails when a process dies, and those that are left are stopped', async () => {
  await run(
    'process',
    Effect.gen(function* () {
      const options = { key: (n: number) => n % 2, seed: 0, processes: 2 }
      const folded = yield* ofAll(Stage.scanProcess(Stream.range(0, 9), tasks.addOrDie, options))
      expect(folded.failed).toMatchObject({ _tag: 'ProcessDiedError', signal: 'SIGKILL' })
      const { failed } = yield* ofAll(Stage.throughProcess(Stream.range(0, 9), tasks.dyingAtThree))
      expect(failed).toMatchObject({ _tag: 'ProcessDiedError', signal: 'SIGKILL' })
    }),
  )
  await alone()
})

test('has no process left when it is interrupted', async () => {
  await run(
    'process',
    Effect.gen(function* () {
      const endless = Stream.iterate(0, (n) => n + 1)
      const folding = Stage.scanProcess(endless, tasks.add, { key: (n) => n % 3, seed: 0, processes: 2 })
      const running = yield* Effect.forkChild(Stream.runDrain(Stage.throughProcess(folding, tasks.keyed)))
      yield* Effect.sleep(300)
      yield* Fiber.interrupt(running)
      const waiting = yield* Effect.forkChild(Stream.runDrain(Stage.throughProcess(Stream.never, tasks.pairSums)))
      yield* Effect.sleep(300)
      yield* Fiber.interrupt(waiting)
    }),
  )
  await alone()
})
