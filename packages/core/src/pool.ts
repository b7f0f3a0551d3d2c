import { ValueError } from './errors.ts'
import { type HANDLE, STAYS } from './handle.ts'
import { checkedList } from './options.ts'
import { AsyncResult } from './pool/async-result.ts'
import { type Caller, call, refusalOf } from './pool/call-unit.ts'
import { checkedTask } from './pool/checked-task.ts'
import { Crew } from './pool/crew.ts'
import { ImapIterator } from './pool/imap.ts'
import { ImapJob } from './pool/imap-job.ts'
import { WorkerLeftError } from './pool/ledger.ts'
import { mapAll } from './pool/map-all.ts'
import { NO_OPTIONS } from './pool/plan.ts'
import type { PoolEvents } from './pool/pool-events.ts'
import { checkedPoolOptions, type PoolOptions, printCallbackError, whole } from './pool/pool-options.ts'
import {
  type AsyncOptions,
  checkedTaskOptions,
  type ImapOptions,
  type MapOptions,
  type TaskOptions,
} from './pool/task-options.ts'
import { tell } from './pool/tell.ts'
import { How } from './pool/words.ts'
import type { Task } from './task-module.ts'

/** Leads from a pool to its workers. */
export const CREW: unique symbol = Symbol.for('millrace.crew') as never

/** Many inputs, as they are had: a list, a generator, a queue. */
export type Inputs<T> = Iterable<T> | AsyncIterable<T>

/** What a task that gives many values gives one after the other; of any other task, its value. */
export type Streamed<R> = R extends { readonly [HANDLE]: unknown }
  ? R
  : R extends AsyncIterable<infer T>
    ? T
    : R extends Generator<infer T, unknown, never>
      ? T
      : R extends { subscribe(next: (value: infer T) => void): unknown }
        ? T
        : R extends { subscribe(observer: { next: (value: infer T) => void }): unknown }
          ? T
          : R extends { readonly '~effect/Stream': { readonly _A: (_: never) => infer T } }
            ? T
            : R extends { readonly '~effect/Effect': { readonly _A: (_: never) => infer T } }
              ? Streamed<T>
              : R

/** What a call of a task comes to: all its values, if it gives many one after the other. */
export type Collected<R> = R extends { readonly '~effect/Effect': { readonly _A: (_: never) => infer T } }
  ? Collected<T>
  : [Streamed<R>] extends [R]
    ? R
    : Array<Streamed<R>>

/** The arguments of a task, which need not be given if it has none. */
type ArgsAndOptions<Args extends readonly unknown[], Options> = [] extends Args
  ? [args?: Readonly<Args>, options?: Options]
  : [args: Readonly<Args>, options?: Options]

/** What a pool does at the moment, and has done so far. */
export interface PoolStats {
  /** Processes, threads or Web Workers, those included that are being started. */
  readonly workers: number
  /** Those that are ready and have nothing to do. */
  readonly idle: number
  /** Tasks with a worker, each a call or a chunk of calls, those included that it has not begun. */
  readonly running: number
  /** What was given to the pool and has not come to its end. */
  readonly open: number
  /** Tasks, counted so, that were done. */
  readonly completed: number
  /** Tasks, counted so, that failed for good. */
  readonly failed: number
  /** Attempts that followed a failure. */
  readonly retried: number
  /** Tasks, counted so, that were given up. */
  readonly cancelled: number
  /** The process ids of the workers. */
  readonly pids: readonly number[]
}

/**
 * Workers that run tasks: Python's `multiprocessing.Pool`.
 *
 * No result is ever lost: each call resolves or rejects, also when its worker is killed (WorkerDiedError), when the pool
 * is terminated (PoolTerminatedError), or when no worker can be had (BrokenPoolError). A pool that is not closed does not
 * keep the program from ending, and its workers end with the program.
 *
 * Tasks may return a promise; or an async iterable, a generator or an Observable, whose values `apply` collects in a list
 * and `imap` hands out one by one. Timeouts are milliseconds.
 *
 * @example
 * await using pool = new Pool({ processes: 3 })
 * console.log(await pool.map(tasks.square, [1, 2, 3])) // [ 1, 4, 9 ]
 */
export class Pool<InitArgs extends readonly unknown[] = readonly never[]> {
  /** @internal */
  get [STAYS](): string {
    return 'make one in the task, or send it the results'
  }
  readonly #crew: Crew

  /** @internal */
  get [CREW](): Crew {
    return this.#crew
  }

  /**
   * @throws ValueError at numbers that make no sense
   * @throws TypeError at an initializer that is no task
   */
  constructor(options: PoolOptions<InitArgs> = {}) {
    this.#crew = new Crew(checkedPoolOptions(options as PoolOptions<readonly never[]>))
  }

  /**
   * Calls a task in a worker, and resolves with its result: Python's `apply`.
   *
   * @throws WorkerDiedError if its worker dies while it runs
   * @throws TimeoutError after `timeout` ms
   * @throws EncodeError if an argument or the result cannot travel
   * @throws PoolClosedError after `close()` or `terminate()`
   */
  apply<Args extends readonly unknown[], R>(
    task: Task<Args, R>,
    ...[args, options]: ArgsAndOptions<Args, TaskOptions>
  ): Promise<Collected<R>> {
    return new Promise((resolve, reject) => {
      this.#call(task, args, options, { resolve: resolve as (value: unknown) => void, reject })
    })
  }

  /** As `apply`, for who does not wait at once: Python's `apply_async`. */
  applyAsync<Args extends readonly unknown[], R>(
    task: Task<Args, R>,
    ...[args, options]: ArgsAndOptions<Args, AsyncOptions<Collected<R>>>
  ): AsyncResult<Collected<R>> {
    const what = `task ${String(task?.name)}`
    return this.#async(what, options, (wants) => this.#call(task, args, options, wants))
  }

  /**
   * Calls a task for each input, and resolves with the results in order: Python's `map`. Rejects with the first error; what
   * has not been begun by then is not.
   */
  map<T, R>(task: Task<[item: T], R>, inputs: Inputs<T>, options?: MapOptions | number): Promise<Array<Collected<R>>> {
    return this.#map(task, How.EACH, inputs, options)
  }

  /** As `map`, for who does not wait at once: Python's `map_async`. */
  mapAsync<T, R>(
    task: Task<[item: T], R>,
    inputs: Inputs<T>,
    options?: MapOptions & AsyncOptions<Array<Collected<R>>>,
  ): AsyncResult<Array<Collected<R>>> {
    return this.#mapAsync(task, How.EACH, inputs, options)
  }

  /** As `map`, but each input is a list of arguments: Python's `starmap`. */
  starmap<Args extends readonly unknown[], R>(
    task: Task<Args, R>,
    inputs: Inputs<Readonly<Args>>,
    options?: MapOptions | number,
  ): Promise<Array<Collected<R>>> {
    return this.#map(task, How.SPREAD, inputs, options)
  }

  /** As `starmap`, for who does not wait at once: Python's `starmap_async`. */
  starmapAsync<Args extends readonly unknown[], R>(
    task: Task<Args, R>,
    inputs: Inputs<Readonly<Args>>,
    options?: MapOptions & AsyncOptions<Array<Collected<R>>>,
  ): AsyncResult<Array<Collected<R>>> {
    return this.#mapAsync(task, How.SPREAD, inputs, options)
  }

  /**
   * Calls a task for each input and hands out the results as they are taken, in the order of the inputs: Python's `imap`,
   * with backpressure. At most `buffersize` inputs are ahead of the consumer. A call that fails rejects its `next()` and
   * does not end the iterator; to leave the loop is to give up the rest.
   *
   * @throws ValueError at a `chunksize` or `buffersize` below 1
   * @throws PoolClosedError after `close()` or `terminate()`
   * @example
   * for await (const page of pool.imap(tasks.fetchPage, urls, { buffersize: 8 })) console.log(page.title)
   */
  imap<T, R>(task: Task<[item: T], R>, inputs: Inputs<T>, options?: ImapOptions): ImapIterator<Streamed<R>> {
    return this.#imap(task, inputs, options, true)
  }

  /** As `imap`, in the order in which the results come: Python's `imap_unordered`. */
  imapUnordered<T, R>(task: Task<[item: T], R>, inputs: Inputs<T>, options?: ImapOptions): ImapIterator<Streamed<R>> {
    return this.#imap(task, inputs, options, false)
  }

  /** Calls a task once in every worker that there is, and resolves with the results. Python has no such. */
  async broadcast<Args extends readonly unknown[], R>(
    task: Task<Args, R>,
    ...[args, options]: ArgsAndOptions<Args, TaskOptions>
  ): Promise<Array<Collected<R>>> {
    const results: Array<Collected<R>> = []
    const { refusal } = this.#crew
    if (refusal !== undefined) throw refusal
    // Web Workers are started only when the first task is known.
    this.#crew.kindOf(checkedTask(task))
    this.#crew.complete()
    const workers = [...this.#crew.workers].filter(({ seat }) => !seat.closed)
    const calls = workers.map(
      (worker) =>
        new Promise<unknown>((resolve, reject) => this.#call(task, args, options, { resolve, reject }, worker)),
    )
    for (const outcome of await Promise.allSettled(calls)) {
      if (outcome.status === 'fulfilled') results.push(outcome.value as Collected<R>)
      // That one is no worker of the pool any more.
      else if (!(outcome.reason instanceof WorkerLeftError)) throw outcome.reason
    }
    return results
  }

  /**
   * Resolves when so many workers are ready, all that there can be unless given. Python has no such.
   * @throws PoolClosedError if the pool is closed before
   */
  prewarm(count = this.#crew.options.max, ...tasks: ReadonlyArray<Task<never, unknown>>): Promise<void> {
    for (const task of tasks) this.#crew.load(checkedTask(task).source)
    return this.#crew.prewarm(whole('count', count, 0))
  }

  /** Takes no more tasks; the workers end when everything is done. */
  async close(): Promise<void> {
    this.#crew.close()
  }

  /**
   * Ends everything now: what was not done rejects with PoolTerminatedError. Tasks that use their `signal` have some time
   * to stop in good order.
   */
  async terminate(): Promise<void> {
    this.#crew.terminate()
  }

  /**
   * Resolves when all workers have ended.
   * @throws ValueError before `close()` or `terminate()`
   */
  join(): Promise<void> {
    return this.#crew.join()
  }

  /** Closes and joins: what was begun is done. In Python, to leave the block is to terminate. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
    await this.join()
  }

  /** What happens in the pool, as it happens: an Observable. */
  get events(): PoolEvents {
    return this.#crew.events
  }

  /** What it does at the moment, and has done so far. */
  get stats(): PoolStats {
    this.#crew.complete()
    const { workers, ledger } = this.#crew
    const seats = [...workers].filter(({ retiring }) => !retiring).map(({ seat }) => seat)
    return {
      workers: seats.length,
      idle: seats.filter((seat) => seat.up && seat.count === 0).length,
      running: seats.reduce((sum, seat) => sum + seat.count, 0),
      open: ledger.open,
      ...ledger.counts,
      pids: [...workers].map(({ process }) => process.pid).filter((pid) => pid !== undefined),
    }
  }

  #call(
    task: unknown,
    args: readonly unknown[] | undefined,
    options: TaskOptions = NO_OPTIONS,
    wants: Caller,
    worker?: Parameters<typeof call>[4],
  ): (reason: unknown) => void {
    if (options !== NO_OPTIONS) checkedTaskOptions(options)
    const list = args === undefined || Array.isArray(args) ? (args ?? []) : [...checkedList('args', args)]
    return call(this.#crew, { task: checkedTask(task), args: list }, options, wants, worker)
  }

  #map<R>(task: unknown, how: number, inputs: Inputs<unknown>, options: MapOptions | number = {}): Promise<R> {
    return new Promise((resolve, reject) => {
      const wants = { resolve: resolve as (value: unknown) => void, reject }
      this.#mapAll(task, how, inputs, typeof options === 'number' ? { chunksize: options } : options, wants)
    })
  }

  #mapAsync<R>(
    task: unknown,
    how: number,
    inputs: Inputs<unknown>,
    options: MapOptions & AsyncOptions<R> = {},
  ): AsyncResult<R> {
    const what = `map of task ${String((task as Task | undefined)?.name)}`
    return this.#async(what, options, (wants) => this.#mapAll(task, how, inputs, options, wants))
  }

  #mapAll(task: unknown, how: number, inputs: unknown, options: MapOptions, wants: Caller): (reason: unknown) => void {
    checkedTaskOptions(options)
    checkSizes(options)
    return mapAll(this.#crew, checkedTask(task), how, checkedInputs(inputs), options, wants)
  }

  #imap<R>(task: unknown, inputs: unknown, options: ImapOptions = {}, ordered: boolean): ImapIterator<R> {
    checkedTaskOptions(options)
    checkSizes(options)
    const refused = refusalOf(this.#crew, options)
    if (refused !== undefined) throw refused.reason
    const request = { task: checkedTask(task), how: How.EACH, ordered, inputs: checkedInputs(inputs), options }
    return new ImapIterator(this.#crew, (onNews) => new ImapJob(this.#crew, request, onNews))
  }

  #async<R>(
    what: string,
    { callback, errorCallback }: AsyncOptions<R> = {},
    begin: (wants: Caller) => (reason: unknown) => void,
  ): AsyncResult<R> {
    for (const each of [callback, errorCallback])
      if (each !== undefined && typeof each !== 'function') throw new TypeError('a callback must be a function')
    const { onCallbackError } = this.#crew.options
    const failed = (error: unknown) => tell(onCallbackError, printCallbackError, error)
    let abort: (reason: unknown) => void = () => {}
    const result = new AsyncResult<R>({ what, abort: (reason) => abort(reason) })
    abort = begin({
      resolve: (value) => {
        tell(callback, failed, value as R)
        result.resolve(value as R)
      },
      reject: (error) => {
        tell(errorCallback, failed, error)
        result.reject(error)
      },
    })
    return result
  }
}

function checkedInputs(inputs: unknown): Inputs<unknown> {
  const given = inputs as Partial<Iterable<unknown> & AsyncIterable<unknown>> | null | undefined
  if (given?.[Symbol.asyncIterator] || given?.[Symbol.iterator]) return given as Inputs<unknown>
  throw new TypeError(`inputs must be iterable, not ${String(inputs)}`)
}

function checkSizes({ chunksize, buffersize }: ImapOptions): void {
  if (chunksize !== undefined) whole('chunksize', chunksize, 1)
  if (buffersize !== undefined) whole('buffersize', buffersize, 1)
  if (chunksize !== undefined && buffersize !== undefined && chunksize > buffersize)
    throw new ValueError(`chunksize ${chunksize} is more than buffersize ${buffersize} allows`)
}
