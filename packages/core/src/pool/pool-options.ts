import { ValueError } from '../errors.ts'
import { givenInWords, traceInWords } from '../in-words.ts'
import { checkOptions } from '../options.ts'
import { type Kind, platform, type ResourceLimits, type Stdio } from '../platform.ts'
import { checkedKind, checkedLimits, checkedStdio } from '../process-options.ts'
import { defaultKind } from '../start-kind.ts'
import { isTask, type Task } from '../task-module.ts'

/** What a pool is made with. */
export interface PoolOptions<InitArgs extends readonly unknown[] = readonly never[]> {
  /** How many workers there are; as many as the program may use processors unless given. */
  readonly processes?: number | undefined
  /** Child processes, threads or Web Workers; as `setStartMethod()` says unless given. */
  readonly kind?: Kind | undefined
  /** Runs in each worker before any task. If it fails, so does all that the pool was given to do: BrokenPoolError. */
  readonly initializer?: Task<InitArgs, unknown> | undefined
  /** What the initializer is called with. */
  readonly initargs?: Readonly<InitArgs> | undefined
  /** After so many tasks, each a call or a chunk of calls, a worker is replaced. Unless given, it lives on. */
  readonly maxtasksperchild?: number | undefined
  /** So many tasks run side by side in each worker, which helps those that wait for something; 1 unless given. */
  readonly concurrency?: number | undefined
  /** With `max`, in place of `processes`: so many workers are kept, however little there is to do. */
  readonly min?: number | undefined
  /** With `min`: more workers are started while tasks wait, up to so many. */
  readonly max?: number | undefined
  /** Milliseconds after which a worker beyond `min` that has nothing to do is ended; 10,000 unless given. */
  readonly idleTimeout?: number | undefined
  /** A worker that uses more memory than this, in bytes, is replaced once it has done what it has. Unless given: none is. */
  readonly maxMemoryPerChild?: number | undefined
  /** How much memory a worker's JavaScript may use. Beyond it, it dies, alone, and is replaced. */
  readonly resourceLimits?: ResourceLimits | undefined
  /** Where the workers' standard streams go; `'inherit'` unless given. */
  readonly stdio?: Stdio | undefined
  /** How often a task that is marked `idempotent` is done again after a failure; 0 unless given. */
  readonly retries?: number | undefined
  /** Milliseconds to wait before that, twice as long each time; 100 unless given. */
  readonly backoff?: number | undefined
  /** Milliseconds that a task has to stop after its `signal` was aborted, before its worker is ended; 1,000 unless given. */
  readonly grace?: number | undefined
  /** So many workers may die before they are ready, one after the other, before the pool gives up; 5 unless given. */
  readonly maxStartFailures?: number | undefined
  /** Told what a `callback` has thrown; it is written to standard error unless given. */
  readonly onCallbackError?: ((error: unknown) => void) | undefined
}

/** The same, checked and complete. */
export interface CheckedPoolOptions {
  readonly kind: Kind
  readonly initializer: Task | undefined
  readonly initargs: readonly unknown[]
  readonly maxtasksperchild: number
  readonly concurrency: number
  readonly min: number
  readonly max: number
  readonly idleTimeout: number
  readonly maxMemoryPerChild: number
  readonly resourceLimits: ResourceLimits | undefined
  readonly stdio: Stdio
  readonly retries: number
  readonly backoff: number
  readonly grace: number
  readonly maxStartFailures: number
  readonly onCallbackError: (error: unknown) => void
  /** What the death of a worker that was not told to end means: it is replaced, or nothing is done any more. */
  readonly onCrash: OnCrash
}

export type OnCrash = 'replace' | 'break'

const OPTIONS = [
  ...['processes', 'kind', 'initializer', 'initargs', 'maxtasksperchild', 'concurrency', 'min', 'max', 'idleTimeout'],
  ...['maxMemoryPerChild', 'resourceLimits', 'stdio', 'retries', 'backoff', 'grace', 'maxStartFailures'],
  'onCallbackError',
]

/**
 * @throws ValueError at numbers that make no sense
 * @throws TypeError at options that there are not, an initializer that is no task, or a kind that the platform does not have
 */
export function checkedPoolOptions(options: PoolOptions<readonly never[]>): CheckedPoolOptions {
  checkOptions('a pool', options, OPTIONS)
  const { initializer, initargs = [], processes, onCallbackError = printCallbackError } = options
  if (initializer !== undefined && !isTask(initializer))
    throw new TypeError('initializer must be a task, named by taskModule(): only that can run in another process')
  if (!Array.isArray(initargs)) throw new TypeError(`initargs must be a list, not ${String(initargs)}`)
  if (typeof onCallbackError !== 'function') throw new TypeError('onCallbackError must be a function')
  const max = finite('max', options.max ?? processes ?? Math.max(platform().cpuCount(), options.min ?? 1), 1, processes)
  const min = finite('min', options.min ?? (options.max === undefined ? max : 0), 0)
  if (min > max) throw new ValueError(`min must not be more than max: ${min} > ${max}`)
  return {
    kind: checkedKind(options.kind ?? defaultKind()),
    initializer: initializer as Task | undefined,
    initargs,
    maxtasksperchild: whole('maxtasksperchild', options.maxtasksperchild ?? Number.POSITIVE_INFINITY, 1),
    concurrency: finite('concurrency', options.concurrency ?? 1, 1),
    min,
    max,
    idleTimeout: amount('idleTimeout', options.idleTimeout ?? 10_000),
    maxMemoryPerChild: amount('maxMemoryPerChild', options.maxMemoryPerChild ?? Number.POSITIVE_INFINITY),
    resourceLimits: checkedLimits(options.resourceLimits),
    stdio: checkedStdio(options.stdio),
    retries: whole('retries', options.retries ?? 0, 0),
    backoff: amount('backoff', options.backoff ?? 100),
    grace: amount('grace', options.grace ?? 1_000),
    maxStartFailures: whole('maxStartFailures', options.maxStartFailures ?? 5, 1),
    onCallbackError,
    onCrash: 'replace',
  }
}

/** @throws ValueError unless it is a whole number, or infinite, and not too small */
export function whole(name: string, value: number, least: number, processes?: number): number {
  const what = processes === undefined ? name : 'processes'
  if ((Number.isInteger(value) || value === Number.POSITIVE_INFINITY) && value >= least) return value
  throw new ValueError(`${what} must be a whole number of at least ${least}, not ${givenInWords(value)}`)
}

/** As `whole`, of which there cannot be infinitely many. */
export function finite(name: string, value: number, least: number, processes?: number): number {
  const checked = whole(name, value, least, processes)
  if (checked !== Number.POSITIVE_INFINITY) return checked
  throw new ValueError(`${processes === undefined ? name : 'processes'} must be finite, not ${checked}`)
}

/** @throws ValueError unless it is a number that is not negative */
export function amount(name: string, value: number): number {
  if (typeof value === 'number' && value >= 0) return value
  throw new ValueError(`${name} must be a number that is not negative, not ${givenInWords(value)}`)
}

export function printCallbackError(error: unknown): void {
  printFailure('a callback of a pool', error)
}

/** For what nobody can be told of by an error. */
export function printFailure(what: string, error: unknown): void {
  console.error(`${what} failed: ${traceInWords(error)}`)
}
