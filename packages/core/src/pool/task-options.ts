import type { AbortSignal } from '../abort-signal.ts'
import { ValueError } from '../errors.ts'
import { givenInWords } from '../in-words.ts'
import { checkOptions, checkWait } from '../options.ts'
import type { TOLD } from './effects.ts'
import { amount, whole } from './pool-options.ts'

/** How something is to be done by a pool. */
export interface TaskOptions {
  /** Milliseconds after which all of it is given up: TimeoutError. The task is told by its `signal`. */
  readonly timeout?: number | undefined
  /** Milliseconds that one attempt may run; then that has failed, with TimeoutError, and may be repeated. */
  readonly attemptTimeout?: number | undefined
  /** Aborting it gives it up, with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** What has a higher one is begun first; 0 unless given. */
  readonly priority?: number | undefined
  /** On whose behalf: callers of one priority take turns. Unless given, each `map` is one, and all single calls are. */
  readonly caller?: unknown
  /** It may be done more than once: a failure, or its worker's death, can be repaired by doing it again. */
  readonly idempotent?: boolean | undefined
  /** How often it is done again after a failure, by `imap` each call by itself. To say it here is to say that it is idempotent. */
  readonly retries?: number | undefined
  /** Milliseconds to wait before that, twice as long each time; as the pool says unless given. */
  readonly backoff?: number | undefined
  /** Whether that failure is worth another attempt; every one is unless given. */
  readonly retryIf?: ((error: unknown) => boolean) | undefined
  /** @internal */
  readonly [TOLD]?: unknown
}

/** The same for what is not waited for at once. */
export interface AsyncOptions<T> extends TaskOptions {
  /** Called with the result, before whoever waits for it hears of it. */
  readonly callback?: ((value: T) => void) | undefined
  /** Called with the error instead. */
  readonly errorCallback?: ((error: unknown) => void) | undefined
}

/** The same for many calls at once. */
export interface MapOptions extends TaskOptions {
  /**
   * So many calls go to a worker together. Unless given, as many as take about ten milliseconds, as far as is known. Those
   * that go together fail together when the worker dies; with `chunksize: 1` each call fails for itself.
   */
  readonly chunksize?: number | undefined
}

/** The same for many calls whose results are wanted as they come. */
export interface ImapOptions extends MapOptions {
  /** No more inputs than this are ahead of who takes the results; unless given, four chunks for each worker. */
  readonly buffersize?: number | undefined
}

/** What the options of all the methods of a pool are called. */
const OPTIONS = [
  ...['timeout', 'signal', 'attemptTimeout', 'priority', 'caller', 'idempotent', 'retries', 'backoff', 'retryIf'],
  ...['chunksize', 'buffersize', 'callback', 'errorCallback'],
]

/**
 * @throws ValueError at numbers that make no sense
 * @throws TypeError at options that there are not
 */
export function checkedTaskOptions(options: TaskOptions): void {
  checkOptions('a call', options, OPTIONS)
  const { attemptTimeout, priority, retries, backoff, idempotent, retryIf } = options
  checkPatience(options)
  if (attemptTimeout !== undefined && !(amount('attemptTimeout', attemptTimeout) > 0))
    throw new ValueError('attemptTimeout must be more than 0 ms: nothing can be done in no time')
  if (priority !== undefined && (typeof priority !== 'number' || Number.isNaN(priority)))
    throw new ValueError(`priority must be a number, not ${givenInWords(priority)}`)
  if (retryIf !== undefined && typeof retryIf !== 'function') throw new TypeError('retryIf must be a function')
  if (retries !== undefined) whole('retries', retries, 0)
  if (backoff !== undefined) amount('backoff', backoff)
  if (idempotent === false && retries) throw new ValueError('what is not idempotent cannot be done again: retries is 0')
}

/** @throws TypeError unless it is a number; what is not positive is over at once */
export function checkPatience(options: { readonly timeout?: unknown; readonly signal?: unknown }): void {
  checkWait(options)
  if (Number.isNaN(options.timeout)) throw new TypeError('timeout must be a number of milliseconds, not NaN')
}
