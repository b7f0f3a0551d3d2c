import { Pool, Process, Stage } from '@millrace/node/effect'
import * as Context from 'effect/Context'
import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import * as Metric from 'effect/Metric'
import * as Option from 'effect/Option'
import * as Stream from 'effect/Stream'
import type * as Tracer from 'effect/Tracer'
import { describe, expect, test } from 'vitest'
import { kinds, memoryTracer, run, tasks } from './run.ts'

const parentOf = (span: Tracer.Span) => Option.getOrUndefined(span.parent)
const isFailed = ({ status }: Tracer.Span) => status._tag === 'Ended' && Exit.isFailure(status.exit)

describe.each(kinds)('what a worker of kind $kind traces and counts', ({ kind }) => {
  test('is part of the trace of its caller', () =>
    run(
      kind,
      Effect.gen(function* () {
        const { spans, tracer } = memoryTracer()
        const pool = yield* Pool.make({ processes: 1 })
        const program = Effect.gen(function* () {
          yield* Pool.apply(pool, tasks.traced, [1]).pipe(Effect.withSpan('apply'))
          yield* Process.run(tasks.traced, 2).pipe(Effect.withSpan('process'))
          yield* Stream.make(3, 4).pipe(
            Stage.mapProcess(tasks.traced, { pool }),
            Stream.runDrain,
            Effect.withSpan('stage'),
          )
          yield* Effect.exit(Pool.apply(pool, tasks.traced, [-1]).pipe(Effect.withSpan('failing')))
        })
        yield* program.pipe(Effect.withTracer(tracer))
        const root = (name: string) => spans.find((span) => span.name === name)!
        const under = (parent: Tracer.AnySpan) => spans.filter((span) => parentOf(span) === parent)
        for (const [name, ns] of [
          ['apply', [1]],
          ['process', [2]],
          ['stage', [3, 4]],
          ['failing', [-1]],
        ] as const) {
          const outer = under(root(name))
          expect(outer.map((span) => [span.name, span.attributes.get('n')])).toEqual(ns.map((n) => ['outer', n]))
          for (const span of outer) {
            expect(span.traceId).toBe(root(name).traceId)
            expect(span.status._tag).toBe('Ended')
            expect(isFailed(span)).toBe(name === 'failing')
            expect(under(span).map((each) => each.name)).toEqual(['inner'])
            expect(span.startTime >= root(name).startTime - 1_000_000_000n).toBe(true)
          }
        }
      }),
    ))

  test('is a defect of the call if the caller counts otherwise', () =>
    run(
      kind,
      Effect.gen(function* () {
        const pool = yield* Pool.make({ processes: 1 })
        yield* Metric.update(Metric.counter('hits', { bigint: true }), 1n)
        for (const call of [
          Pool.apply(pool, tasks.traced, [1]),
          Pool.apply(pool, tasks.traced, [-1]),
          Pool.broadcast(pool, tasks.traced, [1]),
          Process.run(tasks.traced, 1),
          Stream.runDrain(Stage.mapProcess(Stream.make(1), tasks.traced, { pool })),
          Stream.runDrain(Stage.scanProcess(Stream.make(1), tasks.addCounted, { key: () => 1, seed: 0 })),
          Stream.runDrain(Stage.throughProcess(Stream.make(1), tasks.counted)),
        ]) {
          const exit = yield* Effect.exit(call as Effect.Effect<unknown, unknown>)
          expect(Exit.isFailure(exit) && exit.cause.reasons).toMatchObject([
            { _tag: 'Die', defect: { message: expect.stringContaining('BigInt') } },
          ])
        }
      }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())),
    ))

  test('keeps the links between its spans', () =>
    run(
      kind,
      Effect.gen(function* () {
        const { spans, tracer } = memoryTracer()
        const pool = yield* Pool.make({ processes: 1 })
        yield* Pool.apply(pool, tasks.linked, []).pipe(Effect.withSpan('caller'), Effect.withTracer(tracer))
        const [one, two] = ['one', 'two'].map((name) => spans.find((span) => span.name === name)!)
        expect(two!.links.map(({ span, attributes }) => [span.spanId, attributes])).toEqual([[one!.spanId, { n: 1 }]])
        expect(one!.links.map(({ span }) => [span.traceId, span.spanId])).toEqual([
          [two!.traceId, two!.spanId],
          ['elsewhere', 'there'],
        ])
      }),
    ))

  test('adds up in the registry of its caller', () =>
    run(
      kind,
      Effect.gen(function* () {
        const registry: Metric.MetricRegistry = new Map()
        const pool = yield* Pool.make({ processes: 2 })
        const program = Effect.gen(function* () {
          yield* Metric.update(Metric.counter('hits', { incremental: true }), 10)
          yield* Pool.map(pool, tasks.traced, [1, 20, 60, 70])
          yield* Effect.exit(Pool.apply(pool, tasks.traced, [-1]))
        })
        yield* program.pipe(Effect.provideService(Metric.MetricRegistry, registry))
        const here = Context.make(Metric.MetricRegistry, registry)
        const stateOf = (id: string) => [...registry.values()].find((each) => each.id === id)!.hooks.get(here as never)
        expect(stateOf('hits')).toEqual({ count: 15, incremental: true })
        expect(stateOf('sizes')).toMatchObject({
          count: 5,
          sum: 150,
          min: -1,
          max: 70,
          buckets: [
            [10, 2],
            [100, 5],
          ],
        })
        expect(Object.fromEntries((stateOf('words') as Metric.FrequencyState).occurrences)).toEqual({
          small: 3,
          large: 2,
        })
      }),
    ))
})
