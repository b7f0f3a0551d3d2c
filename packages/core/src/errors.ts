import { inWords } from './in-words.ts'

/**
 * Every error that Millrace raises on purpose. One base with a literal `_tag`, so that the same classes serve promises
 * (`instanceof`), RxJS (`error`) and Effect's typed channel (`_tag`). Misuse of a signature throws `TypeError` instead.
 *
 * Messages name the thing, the limit and the way out.
 */
export abstract class MillraceError extends Error {
  /** The name of the class, by which Effect's `catchTag` tells errors apart. */
  abstract readonly _tag: string

  /** The name of the class. */
  override get name(): string {
    return this._tag
  }
}

/** An argument or a call that the state forbids: Python's `ValueError`. */
export class ValueError extends MillraceError {
  readonly _tag: 'ValueError' | 'ClosedError' | 'PoolClosedError' | 'InvalidStateError' = 'ValueError'
}

/** A map has no such key: Python's `KeyError`. */
export class KeyError extends MillraceError {
  readonly _tag = 'KeyError'
}

/** The handle was closed in this process: Python's `ValueError: ... is closed`. */
export class ClosedError extends ValueError {
  override readonly _tag: 'ClosedError' | 'PoolClosedError' = 'ClosedError'
}

/** The pool takes no more tasks: it was closed or terminated. Python's `ValueError: Pool not running`. */
export class PoolClosedError extends ClosedError {
  override readonly _tag = 'PoolClosedError'
}

/** A future has its outcome, or was cancelled, and cannot have another: Python's `InvalidStateError`. */
export class InvalidStateError extends ValueError {
  override readonly _tag = 'InvalidStateError'
}

/** No slot became free in time: Python's `queue.Full`. The refused value is in `item`. */
export class FullError extends MillraceError {
  readonly _tag = 'FullError'
  /** The value that was refused. */
  readonly item: unknown

  constructor(message: string, item: unknown) {
    super(message)
    this.item = item
  }
}

/** No item arrived in time: Python's `queue.Empty`. */
export class EmptyError extends MillraceError {
  readonly _tag = 'EmptyError'
}

/** A value cannot be turned into bytes. `path` leads to the culprit, as in `.user.friends[2]`. */
export class EncodeError extends MillraceError {
  readonly _tag = 'EncodeError'
  /** Where the culprit is, from the value that was given; empty for that itself. */
  readonly path: string

  constructor(message: string, path = '', options?: ErrorOptions) {
    super(message, options)
    this.path = path
  }
}

/** Bytes are no value that this context accepts: malformed, an unknown tag, or a class that is not registered here. */
export class DecodeError extends MillraceError {
  readonly _tag = 'DecodeError'
}

/** A peer sent what the wire protocol forbids. Its link is closed; nobody else notices. */
export class ProtocolError extends MillraceError {
  readonly _tag = 'ProtocolError'
}

/** The link to the hub, or the hub, is gone: the pending operation can never complete. */
export class DisconnectedError extends MillraceError {
  readonly _tag: 'DisconnectedError' | 'ManagerDiedError' | 'ManagerClosedError' | 'AuthenticationError' =
    'DisconnectedError'
}

/** The manager was shut down: nothing that it made can be used any more. */
export class ManagerClosedError extends DisconnectedError {
  override readonly _tag = 'ManagerClosedError'
}

/** The process of a manager ended by itself or was killed: what it kept is gone. */
export class ManagerDiedError extends DisconnectedError {
  override readonly _tag = 'ManagerDiedError'
  /** As in Python: the exit code, or the negative number of the signal; null where that is not known. */
  readonly exitCode: number | null
  /** The name of the signal that killed it, such as `SIGKILL`; null if none did, or where that is not known. */
  readonly signal: string | null

  constructor(message: string, how: { exitCode: number | null; signal: string | null }, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = how.exitCode
    this.signal = how.signal
  }
}

/** The other side does not know the same `authKey`: Python's `AuthenticationError`. */
export class AuthenticationError extends DisconnectedError {
  override readonly _tag = 'AuthenticationError'
}

/**
 * The other end of a pipe was closed, or whoever held it died, and everything sent from there was received: Python's
 * `EOFError`.
 */
export class EndOfFileError extends MillraceError {
  readonly _tag = 'EndOfFileError'
}

/** Nobody holds the other end of the pipe any more, so nobody would receive it: Python's `BrokenPipeError`. */
export class BrokenPipeError extends MillraceError {
  readonly _tag = 'BrokenPipeError'
}

/**
 * A message does not fit the buffer it was to go into; it was received, and is in `data`: Python's
 * `BufferTooShort`.
 */
export class BufferTooShortError extends MillraceError {
  readonly _tag = 'BufferTooShortError'
  /** The whole message. */
  readonly data: Uint8Array

  constructor(message: string, data: Uint8Array) {
    super(message)
    this.data = data
  }
}

/** What was waited for did not come in time, and there is no other way to say so: Python's `TimeoutError`. */
export class TimeoutError extends MillraceError {
  readonly _tag = 'TimeoutError'
}

/** A lock was released, or a condition used, by one who does not hold it: Python's `AssertionError`. */
export class OwnershipError extends MillraceError {
  readonly _tag = 'OwnershipError'
}

/**
 * Not all parties of a barrier will come: one timed out, was aborted or died, or somebody called `abort` or `reset`:
 * Python's `BrokenBarrierError`.
 */
export class BrokenBarrierError extends MillraceError {
  readonly _tag = 'BrokenBarrierError'
}

/** A block of shared memory of that name exists already: Python's `FileExistsError`. */
export class FileExistsError extends MillraceError {
  readonly _tag = 'FileExistsError'
}

/** No block of shared memory has that name, or none has it any more: Python's `FileNotFoundError`. */
export class FileNotFoundError extends MillraceError {
  readonly _tag = 'FileNotFoundError'
}

/** There is no element at that index: Python's `IndexError`. */
export class IndexError extends MillraceError {
  readonly _tag = 'IndexError'
}

/** The memory is not shared with this context, or not here yet, so that nothing can be read or written at once. */
export class NotSharedError extends MillraceError {
  readonly _tag = 'NotSharedError'
}

/** A process could not be started: no such executable, no such task module, no such export. */
export class StartError extends MillraceError {
  readonly _tag = 'StartError'
}

/** A process was started while a task module was still loading: Python's "before ... bootstrapping phase". */
export class BootstrapError extends MillraceError {
  readonly _tag = 'BootstrapError'
}

/** What is known of a process that ended before it delivered its result. */
export interface DeathReport {
  /** The id of the process; undefined if it never had one. */
  readonly pid: number | undefined
  /** As in Python: the exit code, or the negative number of the signal that killed it. */
  readonly exitCode: number | null
  /** The name of the signal that killed it, such as `SIGKILL`. */
  readonly signal: string | null
  /** The last 8 KiB that it wrote to its standard error. */
  readonly stderr: string
  /** It needed more memory than it was allowed. */
  readonly outOfMemory?: boolean
}

/** A process ended before its function returned: killed, crashed, or left by `process.exit`. */
export class ProcessDiedError extends MillraceError implements DeathReport {
  readonly _tag: 'ProcessDiedError' | 'OutOfMemoryError' | 'WorkerDiedError' = 'ProcessDiedError'
  readonly pid: number | undefined
  readonly exitCode: number | null
  readonly signal: string | null
  readonly stderr: string

  constructor(name: string, report: DeathReport, options?: ErrorOptions) {
    const how = report.signal === null ? `exited with code ${report.exitCode}` : `was killed by ${report.signal}`
    const tail = report.stderr.trimEnd()
    super(
      `process ${name} (pid ${report.pid}) ${how} before its function returned${tail && `; it wrote:\n${tail}`}`,
      options,
    )
    this.pid = report.pid
    this.exitCode = report.exitCode
    this.signal = report.signal
    this.stderr = report.stderr
  }
}

/** A process needed more memory than its `resourceLimits` allow, and was ended; nobody else was harmed. */
export class OutOfMemoryError extends ProcessDiedError {
  override readonly _tag = 'OutOfMemoryError'
}

/**
 * The worker of a pool died while it ran this task, and no other task is harmed. In Python the task is lost and its
 * caller waits for ever (`Pool`), or every task of the executor fails (`BrokenProcessPool`).
 */
export class WorkerDiedError extends ProcessDiedError {
  override readonly _tag = 'WorkerDiedError'
  /** The name of the task. */
  readonly task: string
  /** Which of the pool's tasks it was, in the order in which they were begun. */
  readonly taskId: number

  constructor(name: string, report: DeathReport, task: { name: string; id: number }, options?: ErrorOptions) {
    super(name, report, options)
    this.message = this.message.replace('its function returned', `task ${task.name} was done`)
    this.task = task.name
    this.taskId = task.id
  }
}

/** The task was cancelled before it was done: Python's `CancelledError`. */
export class CancelledError extends MillraceError {
  readonly _tag = 'CancelledError'
}

/** The pool was terminated before the task was done; in Python its caller waits for ever. */
export class PoolTerminatedError extends MillraceError {
  readonly _tag = 'PoolTerminatedError'
}

/**
 * No worker of the pool can be had: the initializer failed (its error is the `cause`), or one after the other died before
 * it was ready. Python's `BrokenExecutor`; its `Pool` starts workers for ever.
 */
export class BrokenPoolError extends MillraceError {
  readonly _tag = 'BrokenPoolError'
}

/**
 * A task threw, or rejected with, what its type does not tell: what that was is the `cause`. Tasks that return an Effect fail
 * with their own errors.
 */
export class TaskError extends MillraceError {
  readonly _tag = 'TaskError'
  /** The name of the task. */
  readonly task: string

  constructor(task: string, cause: unknown) {
    super(`task ${task} threw: ${cause instanceof Error ? cause.message : inWords(cause)}`, { cause })
    this.task = task
  }
}

/** What was given to a task, or what that made of it, is not what its contract says: see the message. */
export class ContractError extends MillraceError {
  readonly _tag = 'ContractError'
  /** What does not fit. */
  readonly of: 'input' | 'output' | 'error'

  constructor(message: string, of: 'input' | 'output' | 'error', options?: ErrorOptions) {
    super(message, options)
    this.of = of
  }
}

/** An error of a class that this context does not know: `remoteName` is what it was called where it was thrown. */
export class RemoteError extends MillraceError {
  readonly _tag = 'RemoteError'
  /** What the class was called where the error was thrown. */
  readonly remoteName: string

  constructor(message: string, remoteName: string) {
    super(message)
    this.remoteName = remoteName
  }
}

/** The stack of an error as it was in the process that threw it: Python's `RemoteTraceback`. */
export class RemoteTraceback extends MillraceError {
  readonly _tag = 'RemoteTraceback'

  constructor(stack: string) {
    super('the error was thrown in another process')
    this.stack = stack
  }
}

/**
 * Ends the process that throws it: Python's `SystemExit`. A number or boolean is the exit code, nothing is 0,
 * anything else is written to stderr and the code is 1.
 */
export class SystemExit extends MillraceError {
  readonly _tag = 'SystemExit'
  /** What the process ended with, as it was given. */
  readonly code: unknown

  constructor(code?: unknown) {
    super(`exit ${String(code ?? 0)}`)
    this.code = code
  }

  /** The exit code that `code` stands for. */
  get exitCode(): number {
    if (this.code === undefined || this.code === null) return 0
    return typeof this.code === 'number' || typeof this.code === 'boolean' ? Number(this.code) : 1
  }
}
