import type { AbortSignal } from '../abort-signal.ts'
import { checkOptions, checkWait } from '../options.ts'
import type { Kind } from '../platform.ts'
import { checkedTask } from '../pool/checked-task.ts'
import { amount, finite, whole } from '../pool/pool-options.ts'
import { Pool } from '../pool.ts'
import { checkedKind } from '../process-options.ts'
import type { Task } from '../task-module.ts'
import { checkedMaxsize, checkedOverflow, type IntakeOptions, type Overflow } from './overflow.ts'

/** What becomes of an item whose call fails: the pipeline fails; it is passed over; or it is passed over and you are told. */
export type OnError<T> = 'throw' | 'skip' | ((item: T, error: unknown) => void)

/** How a stage runs its task. */
export interface ProcessOptions<T = unknown> extends IntakeOptions {
  /** So many workers, which the stage starts for each subscriber and ends with it; 1 unless given. */
  readonly processes?: number | undefined
  /** No more items than this are in the stage, results that wait included; 16 for each call at a time unless given. */
  readonly maxsize?: number | undefined
  /** Results come in the order of the items; true unless given. */
  readonly ordered?: boolean | undefined
  /** So many calls run side by side in each worker, for tasks that wait for something; 1 unless given. */
  readonly concurrency?: number | undefined
  /**
   * So many items go to a worker together. Unless given, as many as take about ten milliseconds. Those that go together fail
   * together when the worker dies; with `chunksize: 1` each call fails for itself.
   */
  readonly chunksize?: number | undefined
  /** How often a call is done again that has failed, or whose worker has died; 0 unless given. */
  readonly retries?: number | undefined
  /** Milliseconds before that, twice as long each time; 100 unless given. */
  readonly backoff?: number | undefined
  /** Milliseconds that one call may take; then it has failed, with TimeoutError. With chunks, all of a chunk together. */
  readonly timeout?: number | undefined
  /** Child processes, threads or Web Workers; as `setStartMethod()` says unless given. */
  readonly kind?: Kind | undefined
  /**
   * The workers of this pool run it, beside what else they do; the pool is not closed. A `flatMapProcess` above another stage
   * with the same pool had better have workers of its own: a call whose values nobody takes keeps its worker, for which that
   * other stage may wait, up to 100 ms each time.
   */
  readonly pool?: Pool | undefined
  /** What becomes of an item whose call fails; `'throw'` unless given. */
  readonly onError?: OnError<T> | undefined
  /** Aborting it fails the stage with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** The same, checked and complete. */
export interface CheckedStageOptions {
  readonly name: string
  readonly task: Task
  readonly processes: number
  readonly concurrency: number
  readonly maxsize: number
  readonly ordered: boolean
  readonly overflow: Overflow
  readonly chunksize: number | undefined
  readonly retries: number
  readonly backoff: number | undefined
  readonly timeout: number | undefined
  readonly kind: Kind | undefined
  readonly pool: Pool | undefined
  readonly onError: OnError<never>
  readonly signal: AbortSignal | undefined
}

const OPTIONS = [
  ...['processes', 'maxsize', 'ordered', 'concurrency', 'chunksize', 'retries', 'backoff', 'timeout'],
  ...['kind', 'pool', 'onError', 'overflow', 'signal'],
]

/** So many items are in a stage for each call that can run at a time. */
const EACH = 16

/**
 * @throws TypeError at what is no task, options that there are not, or an option of another type
 * @throws ValueError at numbers that make no sense
 */
export function checkedStageOptions<T>(
  operator: string,
  given: unknown,
  options: ProcessOptions<T>,
): CheckedStageOptions {
  const task = checkedTask(given)
  checkOptions(`${operator}()`, options, OPTIONS)
  const { pool, onError = 'throw', ordered = true, kind, signal, chunksize, backoff, timeout } = options
  checkWait({ signal })
  if (pool !== undefined && !(pool instanceof Pool)) throw new TypeError('pool must be a Pool')
  if (onError !== 'throw' && onError !== 'skip' && typeof onError !== 'function')
    throw new TypeError(`onError must be 'throw', 'skip' or a function, not ${String(onError)}`)
  if (chunksize !== undefined) whole('chunksize', chunksize, 1)
  if (backoff !== undefined) amount('backoff', backoff)
  if (timeout !== undefined) amount('timeout', timeout)
  if (kind !== undefined) checkedKind(kind)
  const processes = finite('processes', options.processes ?? 1, 1)
  const concurrency = finite('concurrency', options.concurrency ?? 1, 1)
  const maxsize = checkedMaxsize(options.maxsize ?? EACH * processes * concurrency)
  return {
    name: `${operator}(${task.name})`,
    task,
    processes,
    concurrency,
    maxsize,
    ordered,
    overflow: checkedOverflow(options.overflow),
    // A call that is done again is done by itself.
    chunksize: chunksize === undefined ? undefined : Math.min(chunksize, maxsize),
    retries: whole('retries', options.retries ?? 0, 0),
    backoff,
    timeout,
    kind,
    pool,
    onError: onError as OnError<never>,
    signal,
  }
}
