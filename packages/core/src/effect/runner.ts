import * as Cause from 'effect/Cause'
import * as Context from 'effect/Context'
import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import * as Metric from 'effect/Metric'
import * as Scope from 'effect/Scope'
import * as Stream from 'effect/Stream'
import * as Tracer from 'effect/Tracer'
import type { AbortSignal } from '../abort-signal.ts'
import { type EffectRunner, installEffectRunner } from '../pool/effects.ts'
import { Hub } from './hub.ts'
import { RecordingRegistry } from './metrics.ts'
import * as Pipe from './pipe.ts'
import { type Ending, type Reason, Reply, type Report, type Told } from './reply.ts'
import { recordingTracer, type SpanRecord } from './spans.ts'

/** What every task may use, besides what its own layer gives it. */
const HERE: Context.Context<Hub> = Context.make(Hub, { kind: undefined })

type AnyEffect = Effect.Effect<unknown, unknown, Hub | Scope.Scope>
type AnyStream = Stream.Stream<unknown, unknown, Hub | Scope.Scope>
type PlatformSignal = Effect.RunOptions['signal']

/** Runs the Effects that tasks return in this process, and reports to callers who speak Effect. */
const runner: EffectRunner = {
  run(effect, signal, told) {
    const record = told === undefined ? undefined : new Recording(told as Told)
    const scope = Scope.makeUnsafe()
    const running = Effect.onExit(Scope.provide(effect as AnyEffect, scope), (exit) =>
      givesStream(exit) ? Effect.void : Scope.close(scope, exit),
    )
    return new Promise((resolve, reject) => {
      const fiber = Effect.runForkWith(record?.context ?? HERE)(running, { signal: signal as PlatformSignal })
      fiber.addObserver((exit) => {
        if (givesStream(exit)) resolve(valuesOf(closing(exit.value, scope), signal, record))
        else settle(exit, record, resolve, reject)
      })
    })
  },

  iterate(stream, signal, told) {
    const record = told === undefined ? undefined : new Recording(told as Told)
    return valuesOf(stream as AnyStream, signal, record)
  },

  through(operator, input, output, signal, told) {
    const running = Effect.suspend(() => {
      const above = Stream.orDie(Pipe.stream(input, { chunkSize: AT_HAND }))
      return Stream.run((operator as (above: Stream.Stream<unknown>) => AnyStream)(above), Pipe.sink(output))
    })
    return runner.run(running, signal, told)
  },
}

/** So many items are taken together, if they are at hand. */
const AT_HAND = 64

installEffectRunner(runner)

function settle(
  exit: Exit.Exit<unknown, unknown>,
  record: Recording | undefined,
  resolve: (value: unknown) => void,
  reject: (error: unknown) => void,
): void {
  const report = record?.report()
  if (Exit.isFailure(exit))
    reject(record === undefined ? Cause.squash(exit.cause) : new Reply(endingOf(exit.cause), report))
  else resolve(report === undefined ? exit.value : new Reply({ is: 'success', value: exit.value }, report))
}

type Giving = Exit.Success<AnyStream, unknown>

function givesStream(exit: Exit.Exit<unknown, unknown>): exit is Giving {
  return Exit.isSuccess(exit) && Stream.isStream(exit.value)
}

/** What an Effect has acquired is its Stream's until that ends. */
function closing(stream: AnyStream, scope: Scope.Closeable): AnyStream {
  return Stream.onExit(stream, (exit) => Scope.close(scope, exit))
}

function valuesOf(stream: AnyStream, signal: AbortSignal, record: Recording | undefined): AsyncIterable<unknown> {
  const stoppable = Stream.interruptWhen(Stream.scoped(stream), aborted(signal))
  if (record === undefined) return Stream.toAsyncIterableWith(stoppable, HERE)
  const reported = Stream.catchCause(stoppable, (cause) =>
    Stream.suspend(() => Stream.fail(new Reply(endingOf(cause), record.report()))),
  )
  const last = Stream.suspend(() => {
    const report = record.report()
    return report === undefined ? Stream.empty : Stream.succeed(new Reply({ is: 'end' }, report))
  })
  return Stream.toAsyncIterableWith(Stream.concat(reported, last), record.context)
}

function aborted(signal: AbortSignal): Effect.Effect<never> {
  return Effect.callback<never>((resume) => {
    const onAbort = () => resume(Effect.interrupt)
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    return Effect.sync(() => signal.removeEventListener('abort', onAbort))
  })
}

/** What one call traces and counts. */
class Recording {
  readonly context: Context.Context<Hub>
  readonly #spans: SpanRecord[] = []
  readonly #metrics = new RecordingRegistry()

  constructor(told: Told) {
    const counting = Context.add(HERE, Metric.MetricRegistry, this.#metrics)
    if (told.length === 0) this.context = counting
    else {
      const [traceId, spanId] = told
      this.context = counting.pipe(
        Context.add(Tracer.Tracer, recordingTracer(this.#spans)),
        Context.add(Tracer.ParentSpan, Tracer.externalSpan({ traceId, spanId })),
      ) as Context.Context<Hub>
    }
  }

  /** Undefined: there is nothing to report. */
  report(): Report | undefined {
    if (this.#spans.length === 0 && this.#metrics.size === 0) return undefined
    return { spans: this.#spans, metrics: this.#metrics.records(this.context) }
  }
}

function endingOf(cause: Cause.Cause<unknown>): Ending {
  return { is: 'cause', reasons: cause.reasons.map(reasonOf) }
}

function reasonOf(reason: Cause.Reason<unknown>): Reason {
  if (Cause.isFailReason(reason)) return { is: 'failure', error: reason.error, tag: tagOf(reason.error) }
  return Cause.isDieReason(reason) ? { is: 'defect', error: reason.defect } : { is: 'interruption' }
}

function tagOf(error: unknown): string | undefined {
  const tag = (error as { _tag?: unknown } | null | undefined)?._tag
  return typeof tag === 'string' ? tag : undefined
}
