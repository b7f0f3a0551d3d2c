import { taskModule } from '@millrace/node'
import { Hub, type Process } from '@millrace/node/effect'
import * as Effect from 'effect/Effect'
import type { Scope } from 'effect/Scope'
import * as Tracer from 'effect/Tracer'

export const tasks = taskModule<typeof import('./fixtures/effect-tasks.mjs')>(
  new URL('./fixtures/effect-tasks.mjs', import.meta.url),
)

export const layers = { process: Hub.layerProcess, thread: Hub.layerThread }
export { kinds } from '../kinds.ts'

export function run<A, E>(kind: 'process' | 'thread', program: Effect.Effect<A, E, Hub.Hub | Scope>): Promise<A> {
  return Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(layers[kind])))
}

export const pidOf = ({ handle }: Process.Process<unknown, unknown>): number => handle.pid!

/** A tracer that keeps its spans, and what ended with them. */
export function memoryTracer() {
  const spans: Tracer.NativeSpan[] = []
  const tracer = Tracer.make({
    span(options) {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    },
  })
  return { spans, tracer }
}
