import * as Context from 'effect/Context'
import * as Layer from 'effect/Layer'
import type { Kind } from '../platform.ts'
import { checkedKind } from '../process-options.ts'

/**
 * What the processes, queues and pools of a program share: every constructor of this package needs it. A layer says what
 * processes are started as, unless they say it themselves.
 *
 * @example
 * const program = Effect.gen(function* () {
 *   const queue = yield* Queue.make<string>({ maxsize: 3 })
 *   yield* Process.fork(tasks.writer, queue)
 *   yield* Queue.stream(queue).pipe(Stream.take(5), Stream.runForEach(Console.log))
 * }).pipe(Effect.scoped, Effect.provide(Hub.layer))
 */
export class Hub extends Context.Service<
  Hub,
  {
    /** Undefined: as the platform does, or as `setStartMethod()` says. */
    readonly kind: Kind | undefined
  }
>()('@millrace/core/Hub') {}

/** Processes are what the platform starts unless told otherwise: child processes in Node, Web Workers in a browser. */
export const layer: Layer.Layer<Hub> = Layer.succeed(Hub, { kind: undefined })

/** Processes are child processes. */
export const layerProcess: Layer.Layer<Hub> = of('process')

/** Processes are threads. */
export const layerThread: Layer.Layer<Hub> = of('thread')

/** Processes are Web Workers. */
export const layerWorker: Layer.Layer<Hub> = of('worker')

/** A layer dies of TypeError where the platform has no such processes. */
function of(kind: Kind): Layer.Layer<Hub> {
  return Layer.sync(Hub, () => ({ kind: checkedKind(kind) }))
}
