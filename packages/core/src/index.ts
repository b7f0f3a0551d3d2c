export type { AbortSignal } from './abort-signal.ts'
export { Barrier, type BarrierOptions } from './barrier.ts'
export type { BaseQueue } from './base-queue.ts'
export { Condition } from './condition.ts'
export type { ConditionLock } from './condition-lock.ts'
export { Connection } from './connection.ts'
export {
  type CurrentProcess,
  cpuCount,
  currentProcess,
  type ParentProcess,
  parentProcess,
  type StopSignal,
} from './current-process.ts'
export * from './errors.ts'
export { onExit } from './exit-hooks.ts'
export type { Guard } from './guard.ts'
export { type Delivery, JoinableQueue, type JoinableQueueOptions } from './joinable-queue.ts'
export type { WaitOptions } from './lessee.ts'
export type { ShareableItem } from './list-items.ts'
export { Lock } from './lock.ts'
export { getLogger, type Logger, LogLevel, logToStderr } from './logging.ts'
export type { Remote } from './managed-object.ts'
export { ManagedPool, type RemoteMapOptions, type RemoteTaskOptions } from './managed-pool.ts'
export { type ManagedPoolOptions, Manager } from './manager.ts'
export type { ManagerAddress } from './manager-host.ts'
export type { ManagerOptions } from './manager-options.ts'
export { Namespace } from './namespace.ts'
export type { PutOptions } from './outbox.ts'
export type { AcquireOptions } from './permit-handle.ts'
export { Pipe, type PipeOptions } from './pipe.ts'
export type { Kind, ResourceLimits, Stdio } from './platform.ts'
export { AsyncResult } from './pool/async-result.ts'
export { type CurrentTask, currentTask } from './pool/current-task.ts'
export { ImapIterator } from './pool/imap.ts'
export type { PoolEvent, PoolEvents, WorkerIdentity } from './pool/pool-events.ts'
export type { PoolOptions } from './pool/pool-options.ts'
export type { AsyncOptions, ImapOptions, MapOptions, TaskOptions } from './pool/task-options.ts'
export { type Collected, type Inputs, Pool, type PoolStats, type Streamed } from './pool.ts'
export { activeChildren, Process } from './process.ts'
export type { ProcessOptions } from './process-options.ts'
export { Queue } from './queue.ts'
export type { QueueOptions } from './queue-channel.ts'
export { registerClass } from './registry.ts'
export { RLock, type RLockOptions } from './rlock.ts'
export { configure } from './runtime.ts'
export { BoundedSemaphore, Semaphore } from './semaphore.ts'
export { ShareableList, type ShareableListOptions } from './shareable-list.ts'
export { RawArray, SharedArray } from './shared-array.ts'
export { AtomicArray, AtomicValue } from './shared-atomic.ts'
export { type Copyable, copy } from './shared-copy.ts'
export { SharedEvent } from './shared-event.ts'
export { type ListChanges, SharedList } from './shared-list.ts'
export { SharedLock, type ValueLock } from './shared-lock.ts'
export { type MapChanges, type SharedKey, SharedMap, type Versioned } from './shared-map.ts'
export { SharedMemory, type SharedMemoryOptions } from './shared-memory.ts'
export { SharedMemoryManager } from './shared-memory-manager.ts'
export { type SharedField, SharedStruct } from './shared-struct.ts'
export { RawValue, SharedValue, type SharedValueOptions } from './shared-value.ts'
export { SimpleQueue } from './simple-queue.ts'
export {
  getAllStartMethods,
  getContext,
  getStartMethod,
  type StartContext,
  type StartMethod,
  setStartMethod,
} from './start-methods.ts'
export type { StructFields, StructOf, StructUpdate } from './struct-layout.ts'
export { type Task, type TaskSource, type Tasks, taskModule } from './task-module.ts'
export type { AssignableTo, ElementOf, ElementType, TypeCode, TypeName } from './type-codes.ts'
export { type Waitable, wait } from './waiting.ts'
