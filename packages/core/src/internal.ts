// For the platform packages and for tests; no part of the public API.
export { type Arena, Blocks } from './arena.ts'
export { isMovable } from './binary.ts'
export { joined } from './bytes.ts'
export { CallChannel } from './call-channel.ts'
export { type Clock, systemClock, type Timer } from './clock.ts'
export { decode, encode, encodeAlone } from './codec.ts'
export type { Connector, Offer } from './connector.ts'
export { Context } from './context.ts'
export { runExitHooks } from './exit-hooks.ts'
export { DEFAULT_MAX_FRAME, Frame } from './frame.ts'
export { FrameReader } from './frame-reader.ts'
export { FrameWriter } from './frame-writer.ts'
export { Hub } from './hub.ts'
export { Lease, Lessor } from './lease.ts'
export { Lessee } from './lessee.ts'
export { Link } from './link.ts'
export { connectionTo } from './manager-connection.ts'
export type { ManagerAddress, ManagerHost, ManagerProcess, ManagerRequest } from './manager-host.ts'
export { ManagerServer } from './manager-server.ts'
export { MappedBlocks, type Mapping } from './mapped-blocks.ts'
export { memoryTransports } from './memory-transport.ts'
export { KEPT_UNREAD } from './metered-transport.ts'
export { Peer } from './peer.ts'
export {
  connector,
  installPlatform,
  type Kind,
  type Platform,
  type Spawned,
  type SpawnRequest,
  type Stdio,
} from './platform.ts'
export { type Claims, installClaims, SharedClaims } from './pool/claims.ts'
export type { TaskScope } from './pool/current-task.ts'
export { JoinableQueuePrimitive } from './primitives/joinable-queue.ts'
export { QueuePrimitive } from './primitives/queue.ts'
export { Runs } from './primitives/runs.ts'
export { SemaphorePrimitive } from './primitives/semaphore.ts'
export { type Host, type Order, runChild } from './run-child.ts'
export { adopt, becomeChild, createRoot, isInUse, type Runtime, runtime } from './runtime.ts'
export { createMemory } from './shared-memory.ts'
export type { Transport, TransportListener } from './transport.ts'
export { Turn } from './turn.ts'
