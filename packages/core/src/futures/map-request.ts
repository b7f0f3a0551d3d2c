import { whole } from '../pool/pool-options.ts'
import { zip } from './zip.ts'

/** How an executor's `map` is to be done. */
export interface ExecutorMapOptions {
  /** Milliseconds from the call on: whoever waits for a result then gets TimeoutError. */
  readonly timeout?: number | undefined
  /** So many calls go to a worker together; 1 unless given. */
  readonly chunksize?: number | undefined
}

/** An iterable for each argument. */
export type MapInputs<Args extends readonly unknown[]> = { readonly [I in keyof Args]: Iterable<Args[I]> }

/** What `map` is to do. */
export interface MapRequest {
  readonly timeout: number | undefined
  /** The arguments of the calls, those that go together in a list. */
  chunks(): unknown[][][]
}

/**
 * Reads the arguments of `map` that follow the task.
 *
 * @throws TypeError at what is neither iterable nor, at the end, an object with options
 * @throws ValueError at a `chunksize` below 1
 */
export function mapRequest(given: readonly unknown[]): MapRequest {
  const last = given.at(-1)
  const withOptions = typeof last === 'object' && last !== null && !isIterable(last) && !(Symbol.asyncIterator in last)
  const { timeout, chunksize = 1 }: ExecutorMapOptions = withOptions ? last : {}
  if (timeout !== undefined && typeof timeout !== 'number')
    throw new TypeError(`timeout must be a number of milliseconds, not ${String(timeout)}`)
  whole('chunksize', chunksize, 1)
  const inputs = withOptions ? given.slice(0, -1) : given
  return { timeout, chunks: () => cut(zip(inputs.map(checkedInput)), chunksize) }
}

function checkedInput(input: unknown): Iterable<unknown> {
  if (isIterable(input)) return input
  throw new TypeError(
    `map() takes iterables, not ${String(input)}; the imap() of a Pool takes what has to be awaited as well`,
  )
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'string' || (typeof value === 'object' && value !== null && Symbol.iterator in value)
}

function cut<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = []
  for (let at = 0; at < items.length; at += size) chunks.push(items.slice(at, at + size))
  return chunks
}
