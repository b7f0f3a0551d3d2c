import * as Rpc from 'effect/rpc/Rpc'
import * as RpcGroup from 'effect/rpc/RpcGroup'
import * as Schema from 'effect/Schema'
import * as Transferable from 'effect/workers/Transferable'
import { type CaseName, moves, sourceOf } from '../messages/load.ts'

const item = Schema.Struct({
  id: Schema.Number,
  name: Schema.String,
  tags: Schema.Array(Schema.String),
  ok: Schema.Boolean,
})

// Bytes become base64 on their way, unless they move: so they move in all cases.
const schemas: Record<CaseName, Schema.Codec<unknown>> = {
  int: Schema.Number,
  object: item,
  'string-1k': Schema.String,
  'bytes-64k': Transferable.Uint8Array,
  'bytes-1m': Transferable.Uint8Array,
  'bytes-1m-moved': Transferable.Uint8Array,
  'round-trip': Schema.Number,
}

/** What the worker can be asked. A message to it is a call, and answered; messages from it are a stream. */
export function protocolOf(name: CaseName) {
  const message = schemas[name]
  return RpcGroup.make(
    Rpc.make('Consume', { payload: { message } }),
    Rpc.make('Verdict', { success: Schema.Boolean }),
    Rpc.make('Produce', { payload: { messages: Schema.Number }, success: message, stream: true }),
    Rpc.make('Echo', { payload: { message }, success: message }),
  )
}

/** As `sourceOf`, where what moves in a case of copies is one. */
export function movableSourceOf(name: CaseName): () => unknown {
  const next = sourceOf(name)
  if (moves(name)) return next
  return () => {
    const payload = next()
    return payload instanceof Uint8Array ? payload.slice() : payload
  }
}
