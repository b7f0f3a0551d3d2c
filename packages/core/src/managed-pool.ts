import type { Remote } from './managed-object.ts'
import type { PoolServant } from './managed-pool-servant.ts'
import type { MapOptions, TaskOptions } from './pool/task-options.ts'
import type { Collected, Streamed } from './pool.ts'
import { registerClass } from './registry.ts'
import type { Task } from './task-module.ts'

/** What travels of how a task is to be done. */
export type RemoteTaskOptions = Pick<
  TaskOptions,
  'timeout' | 'attemptTimeout' | 'priority' | 'idempotent' | 'retries' | 'backoff'
>
/** The same for many calls. */
export type RemoteMapOptions = RemoteTaskOptions & Pick<MapOptions, 'chunksize'>

/**
 * A pool in the process of a manager, whose workers everybody who is given it can use: Python's `manager.Pool()`. It ends
 * when it is closed, when nobody has it any more, or with its manager.
 *
 * @example
 * await using manager = await new Manager({ process: true }).start()
 * await using pool = await manager.pool({ processes: 1 })
 * console.log(await pool.map(tasks.square, [1, 2])) // [ 1, 4 ]
 */
export class ManagedPool {
  readonly #remote: Remote<PoolServant>

  /** @internal Made by `Manager.pool`. */
  constructor(remote: Remote<PoolServant>) {
    this.#remote = remote
  }

  /** @internal */
  static remoteOf(pool: ManagedPool): Remote<PoolServant> {
    return pool.#remote
  }

  /**
   * Calls a task and resolves with its result: Python's `apply`.
   * @throws what `Pool.apply` rejects with; ManagerDiedError and ManagerClosedError when the manager is gone
   */
  apply<Args extends readonly unknown[], R>(
    task: Task<Args, R>,
    args: Readonly<Args>,
    options?: RemoteTaskOptions,
  ): Promise<Collected<R>> {
    return this.#remote.apply(task, args, options) as Promise<Collected<R>>
  }

  /** Calls a task for each input and resolves with the results: Python's `map`. All inputs are sent at once. */
  map<T, R>(task: Task<[item: T], R>, inputs: Iterable<T>, options?: RemoteMapOptions): Promise<Array<Collected<R>>> {
    return this.#remote.map(task, [...inputs], options) as Promise<Array<Collected<R>>>
  }

  /** As `map`, but each input is a list of arguments: Python's `starmap`. */
  starmap<Args extends readonly unknown[], R>(
    task: Task<Args, R>,
    inputs: Iterable<Readonly<Args>>,
    options?: RemoteMapOptions,
  ): Promise<Array<Collected<R>>> {
    return this.#remote.starmap(task, [...inputs], options) as Promise<Array<Collected<R>>>
  }

  /** Hands out the results in the order of the inputs, as they are taken: Python's `imap`. */
  imap<T, R>(
    task: Task<[item: T], R>,
    inputs: Iterable<T>,
    options?: RemoteMapOptions,
  ): Promise<AsyncIterableIterator<Streamed<R>>> {
    return this.#remote.imap(task, [...inputs], options) as never
  }

  /** As `imap`, in the order in which the results come: Python's `imap_unordered`. */
  imapUnordered<T, R>(
    task: Task<[item: T], R>,
    inputs: Iterable<T>,
    options?: RemoteMapOptions,
  ): Promise<AsyncIterableIterator<Streamed<R>>> {
    return this.#remote.imapUnordered(task, [...inputs], options) as never
  }

  /** Takes no more tasks, from nobody. */
  async close(): Promise<void> {
    await this.#remote.close()
  }

  /** Ends everything now, for everybody: what was not done rejects with PoolTerminatedError. */
  async terminate(): Promise<void> {
    await this.#remote.terminate()
  }

  /**
   * Resolves when all its workers have ended.
   * @throws ValueError before `close()` or `terminate()`
   */
  async join(): Promise<void> {
    await this.#remote.join()
  }

  /** Closes and joins. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
    await this.join()
  }
}

registerClass(ManagedPool, {
  name: 'millrace.ManagedPool',
  encode: ManagedPool.remoteOf,
  decode: (remote) => new ManagedPool(remote),
})
