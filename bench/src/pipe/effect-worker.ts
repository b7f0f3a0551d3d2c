import { Worker } from 'node:worker_threads'
import * as NodeWorker from '@effect/platform-node/NodeWorker'
import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import * as Layer from 'effect/Layer'
import * as RpcClient from 'effect/rpc/RpcClient'
import * as Scope from 'effect/Scope'
import * as Stream from 'effect/Stream'
import { expectIntact, Inspection } from '../messages/inspection.ts'
import type { Load } from '../messages/load.ts'
import { type Subject, timed } from '../messages/subject.ts'
import { movableSourceOf, protocolOf } from './effect-worker-protocol.ts'

const program = new URL('./effect-worker-runner.js', import.meta.url)

/** Calls under way at a time; ten times as many are slower. */
const concurrency = 100

type Client = Effect.Success<ReturnType<typeof connect>>

/** Effect's remote procedures on a worker thread: it has no pipe, so calls go to the worker, and streams come back. */
export const effectWorker: Subject = {
  async open(load) {
    const scope = Scope.makeUnsafe()
    const client = await Effect.runPromise(connect(load).pipe(Scope.provide(scope)))
    const move = mover(load, client)
    return {
      run: (messages) => timed(() => Effect.runPromise(move(messages))),
      close: () => Effect.runPromise(Scope.close(scope, Exit.void)),
    }
  },
}

function connect(load: Load) {
  const workers = NodeWorker.layer(() => new Worker(program, { workerData: load }))
  const protocol = RpcClient.layerProtocolWorker({ size: 1, concurrency }).pipe(Layer.provide(workers))
  return Effect.gen(function* () {
    const context = yield* Layer.build(protocol)
    return yield* RpcClient.make(protocolOf(load.case), { disableTracing: true }).pipe(Effect.provide(context))
  })
}

function mover(load: Load, client: Client) {
  const next = movableSourceOf(load.case)
  const inspection = new Inspection(load.case)
  const see = (message: unknown) => Effect.sync(() => inspection.see(message))
  const expectAll = Effect.sync(() => inspection.expectIntact())
  switch (load.flow) {
    case 'to-child':
      return Effect.fnUntraced(function* (messages: number) {
        const calls = Array.from({ length: messages })
        yield* Effect.forEach(calls, () => client.Consume({ message: next() }), { concurrency, discard: true })
        expectIntact(load.case, yield* client.Verdict())
      })
    case 'to-parent':
      return Effect.fnUntraced(function* (messages: number) {
        yield* client.Produce({ messages }).pipe(Stream.runForEach(see))
        yield* expectAll
      })
    case 'round-trip':
      return Effect.fnUntraced(function* (messages: number) {
        for (let i = 0; i < messages; i++) yield* see(yield* client.Echo({ message: next() }))
        yield* expectAll
      })
  }
}
