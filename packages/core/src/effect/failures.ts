import type {
  BrokenPipeError,
  BrokenPoolError,
  ClosedError,
  DecodeError,
  DisconnectedError,
  EncodeError,
  EndOfFileError,
  MillraceError,
  OutOfMemoryError,
  PoolClosedError,
  PoolTerminatedError,
  ProcessDiedError,
  StartError,
  ValueError,
  WorkerDiedError,
} from '../errors.ts'

/**
 * The errors of `@millrace/core`, as they stand in the error channel: of exactly that class and none of its subclasses, so
 * that `Effect.catchTag` can take one away and leave the others.
 */
export type Exactly<E extends MillraceError, Tag extends E['_tag']> = E & { readonly _tag: Tag }

/** The handle was closed in this context. */
export type Closed = Exactly<ClosedError, 'ClosedError'>
/** What was asked for makes no sense there: Python's `ValueError`. */
export type Refused = Exactly<ValueError, 'ValueError'>
/** The hub cannot be reached any more. */
export type Disconnected = Exactly<DisconnectedError, 'DisconnectedError'>
/** The process of the manager has died, and what it held with it. */
export type ManagerDied = Exactly<DisconnectedError, 'ManagerDiedError'>
/** The manager was shut down. */
export type ManagerClosed = Exactly<DisconnectedError, 'ManagerClosedError'>
/** The pool takes no more tasks. */
export type PoolClosed = Exactly<PoolClosedError, 'PoolClosedError'>
/** The process ended before its function had returned. */
export type ProcessDied = Exactly<ProcessDiedError, 'ProcessDiedError'>
/** The process needed more memory than it may have. */
export type OutOfMemory = Exactly<OutOfMemoryError, 'OutOfMemoryError'>
/** The worker died while it ran the task. */
export type WorkerDied = Exactly<WorkerDiedError, 'WorkerDiedError'>

/** The hub, which knows what the handle stands for, cannot be reached any more. */
export type Unreachable = Disconnected | ManagerDied | ManagerClosed

/** Whatever is done with a handle can fail so: it was closed here, what it stands for is gone, or the hub is. */
export type HandleFailure = Closed | Refused | Unreachable

/** An item cannot travel. */
export type PutFailure = HandleFailure | EncodeError
/** An item is nothing that this context can read. */
export type GetFailure = HandleFailure | DecodeError
/** A message cannot travel, or nobody is left to receive it. */
export type SendFailure = PutFailure | BrokenPipeError
/** A message is nothing that this context can read, or none will come any more. */
export type RecvFailure = GetFailure | EndOfFileError

/** The process of a task ended before the task was done. */
export type DeathFailure = ProcessDied | OutOfMemory

/** A call of a task can fail so, whatever the task does. */
export type CallFailure =
  | WorkerDied
  | OutOfMemory
  | PoolClosed
  | PoolTerminatedError
  | BrokenPoolError
  | StartError
  | EncodeError
  | DecodeError
  | Unreachable
