import * as Cause from 'effect/Cause'
import * as Context from 'effect/Context'
import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import * as Fiber from 'effect/Fiber'
import * as Queue from 'effect/Queue'
import * as Stream from 'effect/Stream'
import { type InteropObservable, type InteropObserver, OBSERVABLE } from '../observable.ts'
import { refused } from './operation.ts'

/** An Observable of RxJS or of whoever follows its convention, the handles of this package among them. */
export type ObservableLike<A> =
  | { [OBSERVABLE](): Pick<InteropObservable<A>, 'subscribe'> }
  | { subscribe(observer: Required<Omit<InteropObserver<A>, 'closed'>>): { unsubscribe(): void } }

/** A Stream for those who subscribe, and for `for await`, which has it wait. */
export type ObservableStream<A> = InteropObservable<A> & AsyncIterable<A>

/** What becomes of values that come faster than they are asked for. */
export interface BufferOptions {
  /** So many wait; 16 unless given. */
  readonly bufferSize?: number | undefined
  /** What does not fit: an Observable cannot be made to wait. All waits, however much it is, unless given. */
  readonly overflow?: 'buffer' | 'drop-oldest' | 'drop-newest' | undefined
}

/**
 * An Observable of a Stream, for RxJS's `from` and whoever takes an `ObservableInput`. Each subscription runs the Stream;
 * to unsubscribe is to interrupt it.
 *
 * @example
 * from(Observable.fromStream(Stream.range(1, 3))).subscribe(console.log)
 */
export const fromStream = <A, E>(stream: Stream.Stream<A, E>): ObservableStream<A> =>
  fromStreamWith(stream, Context.empty())

/** The same for a Stream that needs services. */
export const fromStreamWith = <A, E, R>(
  stream: Stream.Stream<A, E, R>,
  context: Context.Context<R>,
): ObservableStream<A> => {
  const observable: ObservableStream<A> = {
    subscribe: (observer) => subscribe(stream, context, observer),
    [OBSERVABLE]: () => observable,
    [Symbol.asyncIterator]: () => Stream.toAsyncIterableWith(stream, context)[Symbol.asyncIterator](),
  }
  return observable
}

function subscribe<A, E, R>(
  stream: Stream.Stream<A, E, R>,
  context: Context.Context<R>,
  observer: InteropObserver<A>,
): { unsubscribe(): void } {
  let live = true
  const hand = (value: A): boolean => {
    // RxJS can have enough within `next`.
    if (live && observer.closed !== true) observer.next?.(value)
    return live && observer.closed !== true
  }
  const running = Stream.runForEachWhile(stream, (value) => Effect.sync(() => hand(value)))
  const fiber = Effect.runForkWith(context)(running)
  fiber.addObserver((exit) => {
    if (!live || observer.closed === true) return
    live = false
    if (Exit.isSuccess(exit)) observer.complete?.()
    else observer.error?.(Cause.squash(exit.cause))
  })
  return {
    unsubscribe: () => {
      if (!live) return
      live = false
      Effect.runFork(Fiber.interrupt(fiber))
    },
  }
}

/**
 * The values of an Observable. When the Stream ends, however it does, it unsubscribes.
 *
 * @example
 * yield* Observable.toStream(interval(100)).pipe(Stream.take(3), Stream.runCollect)
 */
export const toStream = <A>(
  observable: ObservableLike<A>,
  { bufferSize = 16, overflow = 'buffer' }: BufferOptions = {},
): Stream.Stream<A, unknown> =>
  subscribed<A, unknown>(
    observable,
    Effect.fail,
    overflow === 'buffer'
      ? undefined
      : {
          bufferSize,
          strategy: overflow === 'drop-oldest' ? 'sliding' : 'dropping',
        },
  )

/** @internal The states of a handle: of those that nobody has looked at only the latest counts. */
export function states<A, E>(handle: ObservableLike<A>): Stream.Stream<A, E> {
  return subscribed(handle, refused<E>, { bufferSize: 1, strategy: 'sliding' })
}

function subscribed<A, E>(
  observable: ObservableLike<A>,
  failed: (error: unknown) => Effect.Effect<never, E>,
  options: { readonly bufferSize: number; readonly strategy: 'sliding' | 'dropping' } | undefined,
): Stream.Stream<A, E> {
  return Stream.callback<A, E>(
    (queue) =>
      Effect.acquireRelease(
        Effect.sync(() =>
          subscribable(observable).subscribe({
            next: (value) => void Queue.offerUnsafe(queue, value),
            error: (error) => {
              const exit = Effect.runSyncExit(failed(error))
              if (Exit.isFailure(exit)) Queue.failCauseUnsafe(queue, exit.cause)
            },
            complete: () => void Queue.endUnsafe(queue),
          }),
        ),
        (subscription) => Effect.sync(() => subscription.unsubscribe()),
      ),
    options ?? { bufferSize: Number.POSITIVE_INFINITY },
  )
}

function subscribable<A>(observable: ObservableLike<A>): Pick<InteropObservable<A>, 'subscribe'> {
  const source = OBSERVABLE in observable ? observable[OBSERVABLE]() : observable
  return source as Pick<InteropObservable<A>, 'subscribe'>
}
