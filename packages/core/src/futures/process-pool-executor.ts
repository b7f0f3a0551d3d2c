import { BrokenPoolError, PoolClosedError } from '../errors.ts'
import type { CallRequest } from '../pool/call-unit.ts'
import { checkedTask } from '../pool/checked-task.ts'
import { Crew } from '../pool/crew.ts'
import { ImapIterator } from '../pool/imap.ts'
import { How } from '../pool/words.ts'
import type { Collected } from '../pool.ts'
import type { Task } from '../task-module.ts'
import { Deadline } from './deadline.ts'
import { isEnding, watchForTheEnd } from './ending.ts'
import { checkedExecutorOptions, type ExecutorOptions } from './executor-options.ts'
import type { Future } from './future.ts'
import { type ExecutorMapOptions, type MapInputs, mapRequest } from './map-request.ts'
import { Results } from './results.ts'
import { Submission } from './submission.ts'

/** How an executor is shut down. */
export interface ShutdownOptions {
  /** Wait until everything is done and the workers have ended; true unless given. */
  readonly wait?: boolean | undefined
  /** Cancel what has not been begun; false unless given. */
  readonly cancelFutures?: boolean | undefined
}

/** The workers of an executor that nobody can reach any more end once everything is done. */
const forgotten = new FinalizationRegistry<Crew>((crew) => crew.close())

/**
 * Calls tasks in workers and tells by futures what becomes of them: Python's `concurrent.futures.ProcessPoolExecutor`, and
 * with `kind: 'thread'` its `ThreadPoolExecutor`. A `Pool` can do more.
 *
 * A worker that dies fails the task that it ran and nothing else, unless `onCrash` says otherwise. What was submitted keeps
 * the program from ending until it is done.
 *
 * @example
 * await using executor = new ProcessPoolExecutor({ maxWorkers: 3 })
 * const future = executor.submit(tasks.square, 3)
 * console.log(await future) // 9
 */
export class ProcessPoolExecutor<InitArgs extends readonly unknown[] = readonly never[]> {
  readonly #crew: Crew
  /** What is not done. */
  readonly #futures = new Set<Future>()
  readonly #forget: (future: Future) => void
  #down = false

  /**
   * @throws ValueError at numbers that make no sense
   * @throws TypeError at an initializer that is no task
   */
  constructor(options: ExecutorOptions<InitArgs> = {}) {
    this.#crew = new Crew(checkedExecutorOptions(options as ExecutorOptions<readonly never[]>))
    const futures = this.#futures
    // It must not lead back to the executor.
    this.#forget = (future) => futures.delete(future)
    watchForTheEnd()
    forgotten.register(this, this.#crew)
  }

  /**
   * Has a task called in a worker. Returns at once, however much is to be done. What cannot travel fails its own future.
   *
   * @throws TypeError at what is no task
   * @throws PoolClosedError after `shutdown()`, and while the program is ending: Python's RuntimeError
   * @throws BrokenPoolError if no worker can be had
   */
  submit<Args extends readonly unknown[], R>(task: Task<Args, R>, ...args: Args): Future<Collected<R>> {
    const request = { task: checkedTask(task), args }
    this.#checkOpen()
    return this.#submit(request) as Future<Collected<R>>
  }

  /**
   * Calls a task with the first of each of the inputs, with the second of each, and so on until the shortest ends; all of
   * that is submitted at once. The results come in order. The first error ends it: it rejects, and what has not been begun
   * is cancelled, as it is when the loop is left.
   *
   * The options come after the inputs: `timeout` in milliseconds from this call on, after which to wait for a result rejects
   * with TimeoutError; `chunksize`, how many calls go to a worker together, 1 unless given, of which one that fails takes
   * the results of the others with it.
   *
   * @throws ValueError at a `chunksize` below 1
   * @throws PoolClosedError, BrokenPoolError, TypeError as `submit`, and whatever an input throws
   * @example
   * for await (const sum of executor.map(tasks.add, [1, 2], [10, 20])) console.log(sum) // 11, 22
   */
  map<Args extends readonly unknown[], R>(
    task: Task<Args, R>,
    ...inputs: [...MapInputs<Args>, options?: ExecutorMapOptions]
  ): ImapIterator<Collected<R>> {
    const { name } = checkedTask(task)
    const { chunks, timeout } = mapRequest(inputs)
    this.#checkOpen()
    const deadline = new Deadline(this.#crew.context.clock, timeout)
    const futures = chunks().map((args) => this.#submit({ task: checkedTask(task), args, how: How.SPREAD }))
    return new ImapIterator(deadline, (onNews) => {
      deadline.onPassed = onNews
      return new Results(futures, `map of task ${name}`, deadline, onNews)
    })
  }

  /**
   * Takes no more; what was submitted is still done. Resolves when the workers have ended, or at once if `wait` is false;
   * then they end by themselves.
   */
  shutdown({ wait = true, cancelFutures = false }: ShutdownOptions = {}): Promise<void> {
    this.#down = true
    if (cancelFutures) for (const future of [...this.#futures]) future.cancel()
    this.#crew.close()
    return wait ? this.#crew.join() : Promise.resolve()
  }

  /** `shutdown()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown()
  }

  #submit(request: CallRequest): Future {
    const { future } = new Submission(this.#crew, request)
    this.#futures.add(future)
    future.addDoneCallback(this.#forget)
    return future
  }

  #checkOpen(): void {
    const { refusal } = this.#crew
    if (refusal instanceof BrokenPoolError) throw refusal
    if (this.#down) throw new PoolClosedError('cannot schedule new futures after shutdown: make another executor')
    if (isEnding()) throw new PoolClosedError('cannot schedule new futures: the program is ending')
  }
}
