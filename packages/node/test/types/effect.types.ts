// Nothing here runs: the compiler checks it, and `@ts-expect-error` fails where it finds no error.
import type {
  ContractError,
  DecodeError,
  EmptyError,
  EncodeError,
  EndOfFileError,
  FullError,
  Queue as QueueHandle,
  TaskError,
} from '@millrace/node'
import { taskModule } from '@millrace/node'
import {
  type CallFailure,
  Event,
  type GetFailure,
  Hub,
  Lock,
  Pipe,
  Pool,
  Process,
  type PutFailure,
  Queue,
  Stage,
  Task,
} from '@millrace/node/effect'
import * as Contract from '@millrace/node/effect/contract'
import * as Context from 'effect/Context'
import * as Data from 'effect/Data'
import * as Effect from 'effect/Effect'
import type * as Layer from 'effect/Layer'
import type * as Option from 'effect/Option'
import type * as Result from 'effect/Result'
import * as Schema from 'effect/Schema'
import type { Scope } from 'effect/Scope'
import * as Stream from 'effect/Stream'

/** That two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(_: Same<A, B>): void => {}

class Odd extends Data.TaggedError('Odd')<{ readonly n: number }> {}
class Database extends Context.Service<Database, { readonly find: (id: number) => string }>()('Database') {}
class Unreachable extends Data.TaggedError('Unreachable')<{ readonly host: string }> {}
declare const DatabaseLive: Layer.Layer<Database, Unreachable>

interface Module {
  square(n: number): number
  later(n: number): Promise<string>
  half(n: number): Effect.Effect<number, Odd>
  count(to: number): Stream.Stream<number, Odd>
  isEven(n: number): Effect.Effect<boolean, Odd, Hub.Hub | Scope>
  writer(queue: QueueHandle<string>): Effect.Effect<void, PutFailure>
  needy(id: number): Effect.Effect<string, never, Database>
  add(sum: number, n: number): number
  addCounted(sum: number, n: number): Effect.Effect<number, Odd>
  noThree(above: Stream.Stream<number>): Stream.Stream<number, Odd>
}
const tasks = taskModule<Module>('file:///tasks.ts')

// A constructor is scoped and needs a hub; what it makes is the handle of the package itself.
const made = Queue.make<string>({ maxsize: 3 })
same<typeof made, Effect.Effect<QueueHandle<string>, never, Hub.Hub | Scope>>(true)

declare const queue: QueueHandle<string>
declare const numbers: Stream.Stream<number>
declare const pool: Pool.Pool

// Operations tell what they fail of, and a timeout adds its own.
same<ReturnType<typeof getting>, Effect.Effect<string, GetFailure>>(true)
const getting = () => Queue.get(queue)
same<ReturnType<typeof gettingSoon>, Effect.Effect<string, GetFailure | EmptyError>>(true)
const gettingSoon = () => Queue.get(queue, { timeout: '1 second' })
same<ReturnType<typeof putting>, Effect.Effect<void, PutFailure>>(true)
const putting = () => Queue.put(queue, 'a')
export const puttingSoon: Effect.Effect<void, PutFailure | FullError> = Queue.put(queue, 'a', { timeout: 5 })
export const piped: Effect.Effect<void, PutFailure> = Queue.put('a')(queue)
// @ts-expect-error: not an item of this queue
Queue.put(queue, 1)
// @ts-expect-error: without a timeout there is no EmptyError to catch
Queue.get(queue).pipe(Effect.catchTag('EmptyError', () => Effect.void))

// A tag takes its error away, and leaves the others.
const open = Queue.get(queue).pipe(Effect.catchTag('ClosedError', () => Effect.succeed('closed')))
same<Effect.Error<typeof open>, Exclude<GetFailure, { readonly _tag: 'ClosedError' }>>(true)
same<Extract<Effect.Error<typeof open>, { readonly _tag: 'ClosedError' }>, never>(true)

// A stream ends where the queue is closed, or the pipe is at its end, and does not fail of that.
const stream = Queue.stream(queue)
same<Extract<Stream.Error<typeof stream>, { readonly _tag: 'ClosedError' }>, never>(true)
declare const connection: Pipe.Connection<number, string>
const received = Pipe.stream(connection)
same<Stream.Success<typeof received>, number>(true)
same<Extract<Stream.Error<typeof received>, EndOfFileError>, never>(true)
// @ts-expect-error: this end sends strings
Pipe.send(connection, 1)

// Around an Effect: its value and its errors are those of the Effect, and of the lock.
declare const lock: Lock.Lock
const within = Effect.fail(new Odd({ n: 1 })).pipe(Lock.withLock(lock))
same<Extract<Effect.Error<typeof within>, Odd>, Odd>(true)
const perhaps = Lock.withLockIfAvailable(lock, Effect.succeed(1))
same<Effect.Success<typeof perhaps>, Option.Option<number>>(true)
declare const event: Event.Event
same<Effect.Success<ReturnType<typeof waiting>>, true>(true)
const waiting = () => Event.wait(event)
same<Effect.Success<ReturnType<typeof waitingSoon>>, boolean>(true)
const waitingSoon = () => Event.wait(event, { timeout: 1 })

// Tasks: an Effect's errors are known, a plain function's are not.
const squared = Pool.apply(pool, tasks.square, [3])
same<typeof squared, Effect.Effect<number, TaskError | CallFailure>>(true)
const awaited = Pool.apply(pool, tasks.later, [3])
same<Effect.Success<typeof awaited>, string>(true)
const halved = Pool.apply(pool, tasks.half, [3])
same<typeof halved, Effect.Effect<number, Odd | CallFailure>>(true)
const counted = Pool.apply(pool, tasks.count, [3])
same<typeof counted, Effect.Effect<number[], Odd | CallFailure>>(true)
// @ts-expect-error: a number is wanted
Pool.apply(pool, tasks.half, ['3'])
// @ts-expect-error: an argument is missing
Pool.apply(pool, tasks.half, [])
// @ts-expect-error: nobody gives it a Database
Pool.apply(pool, tasks.needy, [1])
// @ts-expect-error: nobody gives it a Database
Process.fork(tasks.needy, 1)

const forked = Process.fork(tasks.half, 3)
same<Effect.Success<typeof forked> extends Process.Process<number, infer E> ? Extract<E, Odd> : never, Odd>(true)
// Its result may be nothing that travels, here or there.
declare const process: Process.Process<number, Process.ProcessFailure>
const resulting = Process.result(process)
same<Extract<Effect.Error<typeof resulting>, EncodeError | DecodeError>, EncodeError | DecodeError>(true)
const ran = Process.run(tasks.half, 3)
same<Effect.Error<typeof ran>, Odd | Process.ProcessFailure | Process.ForkFailure>(true)
same<Extract<Effect.Error<typeof ran>, EncodeError | DecodeError>, EncodeError | DecodeError>(true)
Process.fork(tasks.writer, queue)
// @ts-expect-error: a queue is wanted
Process.fork(tasks.writer, 'queue')

// Stages: elements and errors from end to end.
const chain = Stream.fromIterable([1, 2, 3]).pipe(
  Stage.mapProcess(tasks.half, { processes: 2 }),
  Stream.map((n) => n + 1),
  Stage.mapProcess(tasks.later, { maxsize: 4, ordered: false }),
)
same<typeof chain, Stream.Stream<string, Odd | TaskError | Stage.StageFailure, Hub.Hub>>(true)
const flat = Stage.flatMapProcess(numbers, tasks.count)
same<Stream.Success<typeof flat>, number>(true)
const even = Stage.filterProcess(numbers, tasks.isEven)
same<Stream.Success<typeof even>, number>(true)
// @ts-expect-error: it gives no boolean
Stage.filterProcess(numbers, tasks.square)
// @ts-expect-error: its elements are no numbers
Stream.make('a').pipe(Stage.mapProcess(tasks.half))
const results = Stage.mapProcessResult(numbers, tasks.half)
same<Stream.Success<typeof results>, Result.Result<number, Stage.Failed<number, Odd | Stage.StageFailure>>>(true)
const sums = numbers.pipe(Stage.scanProcess(tasks.add, { key: (n) => n % 2 === 0, seed: 0, processes: 2 }))
same<typeof sums, Stream.Stream<Stage.Keyed<boolean, number>, TaskError | Stage.StatefulFailure, Hub.Hub>>(true)
const counts = Stage.reduceProcess(numbers, tasks.addCounted, { key: () => 'all' as const, seed: 0 })
same<typeof counts, Stream.Stream<Stage.Keyed<'all', number>, Odd | Stage.StatefulFailure, Hub.Hub>>(true)
// @ts-expect-error: its states are numbers
Stage.scanProcess(numbers, tasks.add, { key: (n) => n, seed: '' })
// @ts-expect-error: an object is no key
Stage.scanProcess(numbers, tasks.add, { key: (n) => ({ n }), seed: 0 })
const through = Stage.throughProcess(numbers, tasks.noThree)
same<typeof through, Stream.Stream<number, Odd | Stage.StatefulFailure, Hub.Hub>>(true)
// @ts-expect-error: its elements are no numbers
Stream.make('a').pipe(Stage.throughProcess(tasks.noThree))
const shared = Pool.mapStream(numbers, pool, tasks.square)
same<Stream.Services<typeof shared>, never>(true)

// A layer of its own takes from what a task needs, and adds what it may fail of.
const found = Task.withLayer(DatabaseLive)((id: number) => Database.use((db) => Effect.succeed(db.find(id))))
same<typeof found, (id: number) => Effect.Effect<string, Unreachable, never>>(true)
const provided = taskModule<{ found: typeof found }>('file:///tasks.ts')
export const call: Effect.Effect<string, Unreachable | CallFailure> = Pool.apply(pool, provided.found, [1])

// A contract: encoded in the worker, decoded for who binds it.
const Until = Contract.make({ input: Schema.DateFromString, output: Schema.FiniteFromString })
const until = Contract.implement(Until, (date) => Effect.succeed(date.getTime()))
same<typeof until, (date: string) => Effect.Effect<string, ContractError, never>>(true)
const remote = taskModule<{ until: typeof until }>('file:///tasks.ts')
const bound = Pool.apply(pool, Contract.bind(Until, remote.until), [new Date()])
same<typeof bound, Effect.Effect<number, ContractError | CallFailure>>(true)
// @ts-expect-error: a Date is wanted
Pool.apply(pool, Contract.bind(Until, remote.until), ['1970-01-01'])
const forkedBound = Process.fork(Contract.bind(Until, remote.until), new Date())
same<Effect.Error<typeof forkedBound>, ContractError | Process.ForkFailure>(true)
same<Effect.Error<typeof forked>, Process.ForkFailure>(true)
// @ts-expect-error: another task
Contract.bind(Until, tasks.half)

// A program that needs nothing more than a hub.
export const program: Effect.Effect<void, never> = Effect.void.pipe(Effect.scoped, Effect.provide(Hub.layer))
