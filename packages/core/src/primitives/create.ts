import { ProtocolError } from '../errors.ts'
import type { Abroad } from '../handle.ts'
import type { Hub } from '../hub.ts'
import { arena } from '../platform.ts'
import { BarrierPrimitive } from './barrier.ts'
import { ConditionPrimitive } from './condition.ts'
import { EventPrimitive } from './event.ts'
import { FOREIGN, ForeignPrimitive } from './foreign.ts'
import { JoinableQueuePrimitive } from './joinable-queue.ts'
import { ManagerPrimitive } from './manager.ts'
import { MemoryManagerPrimitive } from './memory-manager.ts'
import { MemoryNames } from './memory-names.ts'
import { pipeEnds } from './pipe.ts'
import type { Primitive } from './primitive.ts'
import { QueuePrimitive } from './queue.ts'
import { SemaphorePrimitive } from './semaphore.ts'
import { SharedListPrimitive } from './shared-list.ts'
import { SharedMapPrimitive } from './shared-map.ts'
import { SharedMemoryPrimitive } from './shared-memory.ts'

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
    case 'event':
      return new EventPrimitive()
    case 'condition':
      // A lock that was closed before is gone.
      return new ConditionPrimitive(
        hub,
        [idIn(given.lock)].filter((lock) => hub.find(lock) !== undefined),
      )
    case 'barrier':
      return new BarrierPrimitive(`barrier ${id}`, positive(given.parties))
    case 'shared-value':
    case 'shared-array':
    case 'shared-struct':
    case 'shared-memory':
      return new SharedMemoryPrimitive(
        id,
        hub,
        { size: count(given.size), holds: ids(given.holds), locked: given.locked === true },
        (position, size) => arena()?.mapping?.view(position, size),
      )
    case 'memory-names':
      return new MemoryNames(hub)
    case 'memory-manager':
      return new MemoryManagerPrimitive(hub)
    case 'manager':
      return new ManagerPrimitive(hub)
    case FOREIGN:
      return new ForeignPrimitive(id, abroad(given))
    case 'shared-map':
    case 'namespace':
      return new SharedMapPrimitive(hub)
    case 'shared-list':
      return new SharedListPrimitive(hub)
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

function ids(value: unknown): readonly string[] {
  if (value === undefined) return []
  if (!Array.isArray(value) || !value.every((id) => typeof id === 'string'))
    throw new ProtocolError('no list of handles')
  return value as readonly string[]
}

function abroad({ address, authKey }: Record<string, unknown>): Abroad {
  if (typeof address === 'string' && authKey instanceof Uint8Array) return { address, authKey }
  throw new ProtocolError('no way to the process of a manager')
}

function count(value: unknown): number {
  if (value === undefined) return 0
  if (typeof value !== 'number' || !(value >= 0)) throw new ProtocolError(`not a count: ${String(value)}`)
  return value
}

function positive(value: unknown): number {
  if (!Number.isInteger(value) || (value as number) < 1)
    throw new ProtocolError(`not a positive number: ${String(value)}`)
  return value as number
}

/** The id in what travels of a handle. */
function idIn(state: unknown): string {
  const id = (state as { id?: unknown } | undefined)?.id
  if (typeof id !== 'string') throw new ProtocolError('a handle without an id')
  return id
}
