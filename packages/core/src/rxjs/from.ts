import { Observable, type ObservableInput, type ObservedValueOf, from as rxFrom } from 'rxjs'
import { BaseQueue } from '../base-queue.ts'
import { Connection } from '../connection.ts'
import { fromConnection } from './from-connection.ts'
import { fromQueue } from './from-queue.ts'
import { type Puller, pulled } from './pull.ts'

/** The parts of a Web stream that are read by. */
interface ReadableStreamLike<T> {
  getReader(): {
    read(): Promise<{ done: boolean; value?: T | undefined }>
    cancel(reason?: unknown): Promise<unknown>
  }
}

/** The parts of a Node stream that are read by. */
interface NodeReadableLike<T> extends AsyncIterable<T> {
  on(event: 'error', listener: () => void): unknown
  off(event: 'error', listener: () => void): unknown
  destroy(): unknown
}

/**
 * Emits the items of an array, an iterable, an async iterable, a promise, a Node or Web stream, a queue or a connection,
 * and waits for demand: no item is asked for before the stage that is fed has room for it. RxJS's own `from` emits all at
 * once. To unsubscribe is to end the iterator, or the stream.
 *
 * Where no stage is known that has demand, 16 items leave in each turn of the event loop. An Observable cannot wait; it is
 * passed through.
 *
 * @example
 * from(urls).pipe(mapProcess(tasks.fetchPage, { processes: 3, maxsize: 8 })).subscribe(console.log)
 */
export function from<Input extends ObservableInput<unknown>>(input: Input): Observable<ObservedValueOf<Input>> {
  return fromAny(input) as Observable<ObservedValueOf<Input>>
}

function fromAny(input: ObservableInput<unknown>): Observable<unknown> {
  if (input instanceof Observable) return input
  if (input instanceof BaseQueue) return fromQueue(input)
  if (input instanceof Connection) return fromConnection(input)
  const given = input as Partial<AsyncIterable<unknown> & Iterable<unknown> & ReadableStreamLike<unknown>>
  if (isNodeReadable(input)) return pulled(() => streaming(input))
  if (given?.[Symbol.asyncIterator] !== undefined) return pulled(() => given[Symbol.asyncIterator]!())
  if (Array.isArray(input)) return pulled(() => elements(input))
  if (given?.[Symbol.iterator] !== undefined) return pulled(() => given[Symbol.iterator]!())
  if (typeof given?.getReader === 'function') return pulled(() => reading(given as ReadableStreamLike<unknown>))
  if (typeof (input as Partial<PromiseLike<unknown>>)?.then === 'function')
    return pulled(() => awaiting(input as PromiseLike<unknown>))
  return rxFrom(input)
}

/** Of an array it is known when it ends, whether or not another one is wanted. */
function elements<T>(array: readonly T[]): Puller<T> {
  let at = 0
  return {
    next: () => (at < array.length ? { done: false, value: array[at++]! } : { done: true, value: undefined }),
    get exhausted() {
      return at >= array.length
    },
  }
}

function isNodeReadable(input: unknown): input is NodeReadableLike<unknown> {
  const { on, off, destroy } = (input ?? {}) as Partial<NodeReadableLike<unknown>>
  const iterator = (input as Partial<AsyncIterable<unknown>> | undefined)?.[Symbol.asyncIterator]
  return [on, off, destroy, iterator].every((method) => typeof method === 'function')
}

/** Its iterator looks after the stream from the first item on; before that, this does. */
function streaming<T>(stream: NodeReadableLike<T>): Puller<T> {
  const iterator = stream[Symbol.asyncIterator]()
  // The iterator will tell of it; without a listener it would end the program.
  const failed = (): void => {}
  let begun = false
  stream.on('error', failed)
  return {
    next: () => {
      const item = iterator.next()
      if (!begun) stream.off('error', failed)
      begun = true
      return item
    },
    return: () => (begun ? iterator.return?.() : stream.destroy()),
  }
}

/** For browsers whose streams are no async iterables. */
function reading<T>(stream: ReadableStreamLike<T>): Puller<T> {
  const reader = stream.getReader()
  return {
    next: () => reader.read() as Promise<IteratorResult<T, undefined>>,
    return: () => reader.cancel(),
  }
}

function awaiting<T>(promise: PromiseLike<T>): Puller<T> {
  let given = false
  // Told with the first item, which may not be wanted yet.
  promise.then(undefined, () => {})
  return {
    next: () => {
      if (given) return { done: true, value: undefined }
      given = true
      return promise.then((value) => ({ done: false, value }))
    },
  }
}
