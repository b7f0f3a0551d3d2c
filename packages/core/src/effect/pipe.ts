import * as Effect from 'effect/Effect'
import { dual } from 'effect/Function'
import type { Scope } from 'effect/Scope'
import * as Sink from 'effect/Sink'
import * as Stream from 'effect/Stream'
import type { Connection as Handle } from '../connection.ts'
import type { BufferTooShortError, EmptyError, EndOfFileError, FullError } from '../errors.ts'
import { HANDLE } from '../handle.ts'
import { type PipeOptions, Pipe as pipe } from '../pipe.ts'
import { CHANNEL } from '../queue-channel.ts'
import * as Ends from './channel-ends.ts'
import type { RecvFailure, SendFailure } from './failures.ts'
import { Hub } from './hub.ts'
import { action, operation, type Patience, refused, timeoutOf } from './operation.ts'
import type { StreamOptions } from './queue.ts'

/** One end of a pipe: the same handle as `Connection` of the package itself. To give it to a process is to hand it over. */
export type Connection<In = unknown, Out = In> = Handle<In, Out>

export type { PipeOptions } from '../pipe.ts'

/**
 * Two connected ends: what one sends, the other receives. Python's `multiprocessing.Pipe`. The scope's end closes those that
 * are still here.
 *
 * @example
 * const [a, b] = yield* Pipe.make<string>()
 * yield* Pipe.send(a, 'hello')
 * yield* Pipe.recv(b)
 */
export const make: {
  <A = unknown, B = A>(
    options?: PipeOptions & { readonly duplex?: true | undefined },
  ): Effect.Effect<[Connection<A, B>, Connection<B, A>], never, Hub | Scope>
  <T = unknown>(
    options: PipeOptions & { readonly duplex: false },
  ): Effect.Effect<[Connection<T, never>, Connection<never, T>], never, Hub | Scope>
} = (options: PipeOptions = {}): Effect.Effect<[Connection<never>, Connection<never>], never, Hub | Scope> =>
  Effect.acquireRelease(
    Effect.andThen(
      Hub,
      Effect.sync(() => pipe(options) as [Connection<never>, Connection<never>]),
    ),
    (ends) => Effect.promise(() => Promise.all(ends.map((end) => end.close()))),
  )

/** Sends a value, waiting while as much as the pipe holds is under way: Python's `send`. */
export const send: {
  <Out>(value: Out): <In>(self: Connection<In, Out>) => Effect.Effect<void, SendFailure>
  <Out>(value: Out, options: Patience): <In>(self: Connection<In, Out>) => Effect.Effect<void, SendFailure | FullError>
  <In, Out>(self: Connection<In, Out>, value: Out): Effect.Effect<void, SendFailure>
  <In, Out>(self: Connection<In, Out>, value: Out, options: Patience): Effect.Effect<void, SendFailure | FullError>
} = dual(
  (args) => isConnection(args[0]) && args.length > 1,
  <In, Out>(self: Connection<In, Out>, value: Out, options?: Patience): Effect.Effect<void, SendFailure | FullError> =>
    Ends.put(placing(self), value, options && { timeout: timeoutOf(options) }),
)

/** Sends many values, in order. */
export const sendAll: {
  <Out>(values: Iterable<Out>): <In>(self: Connection<In, Out>) => Effect.Effect<void, SendFailure>
  <In, Out>(self: Connection<In, Out>, values: Iterable<Out>): Effect.Effect<void, SendFailure>
} = dual(
  2,
  <In, Out>(self: Connection<In, Out>, values: Iterable<Out>): Effect.Effect<void, SendFailure> =>
    Ends.putAll(placing(self), values),
)

/** Receives the oldest message, waiting for one: Python's `recv`. Interrupted, it receives nothing. */
export const recv: {
  <In, Out>(self: Connection<In, Out>): Effect.Effect<In, RecvFailure>
  <In, Out>(self: Connection<In, Out>, options: Patience): Effect.Effect<In, RecvFailure | EmptyError>
} = <In, Out>(self: Connection<In, Out>, options?: Patience) =>
  receiving(self, () => Ends.take<In, RecvFailure>(self[CHANNEL].inbox, timeoutOf(options)))

/** Whether `recv` would not have to wait; waits for that as long as `timeout` says, and not at all unless given. */
export const poll = <In, Out>(
  self: Connection<In, Out>,
  options?: Patience,
): Effect.Effect<boolean, Exclude<RecvFailure, EndOfFileError>> =>
  operation((signal) => self.poll({ timeout: timeoutOf(options) ?? 0, signal }))

/** Sends bytes: Python's `send_bytes`. */
export const sendBytes: {
  (bytes: Uint8Array): <In, Out>(self: Connection<In, Out>) => Effect.Effect<void, SendFailure>
  <In, Out>(self: Connection<In, Out>, bytes: Uint8Array): Effect.Effect<void, SendFailure>
} = dual(
  2,
  <In, Out>(self: Connection<In, Out>, bytes: Uint8Array): Effect.Effect<void, SendFailure> =>
    Ends.put((item, options) => self.sendBytes(item as Uint8Array, 0, undefined, options), bytes, undefined),
)

/** Receives bytes: Python's `recv_bytes`. */
export const recvBytes = <In, Out>(
  self: Connection<In, Out>,
  options: { readonly maxlength?: number | undefined } = {},
): Effect.Effect<Uint8Array, RecvFailure | BufferTooShortError> =>
  Effect.suspend(() => {
    const { maxlength } = options
    if (maxlength !== undefined && !(maxlength >= 0)) return operation(() => self.recvBytes(maxlength))
    return receiving(self, () => Ends.take(self[CHANNEL].inbox, undefined, () => self.takeBytes(maxlength)))
  })

/** Lets go of the end. What was sent before still arrives. */
export const close = <In, Out>(self: Connection<In, Out>): Effect.Effect<void> => action(() => void self.close())

/** A second handle of the same end, closed with the scope. */
export const copy = <In, Out>(self: Connection<In, Out>): Effect.Effect<Connection<In, Out>, RecvFailure, Scope> =>
  Effect.acquireRelease(
    Effect.suspend(() => {
      try {
        return Effect.succeed(self.copy())
      } catch (error) {
        return refused<RecvFailure>(error)
      }
    }),
    (second) => Effect.promise(() => second.close()),
  )

/** The messages, as they are asked for, until the end of file. */
export const stream = <In, Out>(
  self: Connection<In, Out>,
  { chunkSize = 1 }: StreamOptions = {},
): Stream.Stream<In, Exclude<RecvFailure, EndOfFileError>> =>
  Stream.fromPull(
    Effect.sync(() => {
      const pull = Ends.pullFrom<In, RecvFailure, EndOfFileError>(self[CHANNEL].inbox, chunkSize, isEndOfFile)
      return receiving(self, () => pull)
    }),
  )

/** Sends what it is given, waiting while as much as the pipe holds is under way. */
export const sink = <In, Out>(self: Connection<In, Out>): Sink.Sink<void, Out, never, SendFailure> =>
  Sink.forEachArray((values) => Ends.putAll(placing(self), values))

/** What was closed, or cannot receive, says so in its own words. */
function receiving<In, Out, A, E>(self: Connection<In, Out>, receive: () => Effect.Effect<A, E>): Effect.Effect<A, E> {
  return Effect.suspend(() =>
    self.closed || !self.readable ? operation<never, E>(() => self.recv() as Promise<never>) : receive(),
  )
}

function placing<In, Out>(self: Connection<In, Out>): Ends.Placing {
  return (value, options) => self.send(value as Out, options)
}

const isEndOfFile = (error: RecvFailure): error is EndOfFileError => error._tag === 'EndOfFileError'

function isConnection(value: unknown): boolean {
  return typeof value === 'object' && value !== null && HANDLE in value
}
