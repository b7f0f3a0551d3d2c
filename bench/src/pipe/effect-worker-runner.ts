import { workerData } from 'node:worker_threads'
import * as NodeWorkerRunner from '@effect/platform-node/NodeWorkerRunner'
import * as Effect from 'effect/Effect'
import * as Layer from 'effect/Layer'
import * as RpcServer from 'effect/rpc/RpcServer'
import * as Stream from 'effect/Stream'
import { Inspection } from '../messages/inspection.ts'
import { type Load, mebi, payloadOf } from '../messages/load.ts'
import { movableSourceOf, protocolOf } from './effect-worker-protocol.ts'

const { case: name } = workerData as Load
const protocol = protocolOf(name)
const next = movableSourceOf(name)
const inspection = new Inspection(name)

/** A chunk leaves as one `postMessage`, and the next one only when it was acknowledged. */
const chunk = chunkOf(payloadOf(name))

const handlers = protocol.toLayer({
  Consume: ({ message }) => Effect.sync(() => inspection.see(message)),
  Verdict: () => Effect.sync(() => inspection.verdict()),
  Produce: ({ messages }) => Stream.range(1, messages).pipe(Stream.rechunk(chunk), Stream.map(next)),
  Echo: ({ message }) => Effect.succeed(message),
})

RpcServer.layer(protocol, { disableTracing: true }).pipe(
  Layer.provide(handlers),
  Layer.provide(RpcServer.layerProtocolWorkerRunner),
  Layer.provide(NodeWorkerRunner.layer),
  Layer.launch,
  Effect.runFork,
)

function chunkOf(payload: unknown): number {
  return payload instanceof Uint8Array ? Math.ceil((4 * mebi) / payload.length) : 1000
}
