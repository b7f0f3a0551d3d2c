import { ProtocolError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { JoinableQueuePrimitive } from './joinable-queue.ts'
import { pipeEnds } from './pipe.ts'
import type { Primitive } from './primitive.ts'
import { QueuePrimitive } from './queue.ts'
import { SemaphorePrimitive } from './semaphore.ts'

/** Makes the state machine behind a new handle. What a peer asks for is checked here, once. */
export function createPrimitive(hub: Hub, id: string, kind: string, options: unknown): Primitive {
  const given = typeof options === 'object' && options !== null ? (options as Record<string, unknown>) : {}
  switch (kind) {
    case 'queue':
    case 'simple-queue':
      return new QueuePrimitive({ maxsize: count(given.maxsize), maxbytes: count(given.maxbytes) }, hub)
    case 'joinable-queue': {
      const state = {
        maxsize: count(given.maxsize),
        maxbytes: count(given.maxbytes),
        deliveryLimit: count(given.deliveryLimit),
      }
      const deadLettersId = deadLettersOf(id)
      hub.create(deadLettersId, 'queue', {})
      return new JoinableQueuePrimitive(state, hub, hub.find(deadLettersId) as QueuePrimitive, deadLettersId)
    }
    case 'connection': {
      const bounds = { maxsize: count(given.maxsize), maxbytes: count(given.maxbytes) }
      const farId = otherEndOf(id)
      const [near, far] = pipeEnds({ ...bounds, duplex: given.duplex === true }, hub, [id, farId])
      hub.add(farId, far)
      hub.retain([farId])
      return near
    }
    case 'semaphore':
      return new SemaphorePrimitive({ value: count(given.value), bounded: false })
    case 'bounded-semaphore':
      return new SemaphorePrimitive({ value: count(given.value), bounded: true })
    case 'lock':
    case 'rlock':
      return new SemaphorePrimitive({ value: 1, bounded: true })
    default:
      throw new ProtocolError(`unknown kind of handle: ${kind}`)
  }
}

/** The id of the queue to which a JoinableQueue gives up what nobody could finish. */
export function deadLettersOf(id: string): string {
  return `${id}/dead-letters`
}

/** The id of the other end of a pipe. */
export function otherEndOf(id: string): string {
  return `${id}/other`
}

function count(value: unknown): number {
  if (value === undefined) return 0
  if (typeof value !== 'number' || !(value >= 0)) throw new ProtocolError(`not a count: ${String(value)}`)
  return value
}
