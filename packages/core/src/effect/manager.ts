import * as Effect from 'effect/Effect'
import type { Scope } from 'effect/Scope'
import type { AbortSignal } from '../abort-signal.ts'
import type {
  AuthenticationError,
  DisconnectedError,
  EncodeError,
  IndexError,
  KeyError,
  StartError,
  TimeoutError,
} from '../errors.ts'
import type { HANDLE } from '../handle.ts'
import { Manager as Handle } from '../manager.ts'
import type { ManagerAddress } from '../manager-host.ts'
import type { ManagerOptions } from '../manager-options.ts'
import type { Namespace } from '../namespace.ts'
import type { SharedList } from '../shared-list.ts'
import type { SharedKey, SharedMap } from '../shared-map.ts'
import type { Exactly, HandleFailure } from './failures.ts'
import { Hub } from './hub.ts'
import { action, operation, question } from './operation.ts'

/** What makes objects that processes share: the same as `Manager` of the package itself. */
export type Manager = Handle

export type { ManagerOptions } from '../manager-options.ts'

/** What methods of managed objects fail of. */
export type ManagedFailure = HandleFailure | KeyError | IndexError | EncodeError | TimeoutError

/** What it takes to reach a manager's process. */
export type ConnectFailure = HandleFailure | Exactly<DisconnectedError & AuthenticationError, 'AuthenticationError'>

/**
 * Makes objects that processes share: Python's `multiprocessing.Manager`. Its process, if it has one of its own, is started
 * here and ends with the scope.
 *
 * @example
 * const manager = yield* Manager.make()
 * const scores = yield* Manager.map<string, number>(manager)
 * yield* Manager.use(scores, (map) => map.set('ada', 3))
 */
export const make = (options: ManagerOptions = {}): Effect.Effect<Manager, HandleFailure | StartError, Hub | Scope> =>
  Effect.acquireRelease(
    Effect.andThen(
      Hub,
      question<Manager, HandleFailure | StartError>(() => new Handle(options).start()),
    ),
    (manager) => Effect.promise(() => manager.shutdown()),
  )

/** Reaches a manager that another program started, until the scope ends. To interrupt it is not to wait for an answer. */
export const connect = (
  address: ManagerAddress,
  options: { readonly authKey: Uint8Array | string },
): Effect.Effect<Manager, ConnectFailure, Hub | Scope> =>
  Effect.acquireRelease(
    Effect.andThen(
      Hub,
      question<Manager, ConnectFailure>(
        () => Handle.connect(address, options),
        (manager) => manager.shutdown(),
      ),
    ),
    (manager) => Effect.promise(() => manager.shutdown()),
    { interruptible: true },
  )

/** A map that processes share: Python's `manager.dict()`. */
export const map = <K extends SharedKey, V>(
  self: Manager,
  entries?: Iterable<readonly [K, V]>,
): Effect.Effect<SharedMap<K, V>, HandleFailure> => action(() => self.map(entries))

/** A list that processes share. */
export const list = <A>(self: Manager, items?: Iterable<A>): Effect.Effect<SharedList<A>, HandleFailure> =>
  action(() => self.list(items))

/** Named values that processes share. */
export const namespace = <A extends object>(self: Manager, values?: A): Effect.Effect<Namespace<A>, HandleFailure> =>
  action(() => self.namespace(values))

/** Any handle, made where the manager is. */
export const create = <A extends { readonly [HANDLE]: unknown }>(
  self: Manager,
  construct: () => A,
): Effect.Effect<A, HandleFailure> => action(() => self.make(construct))

/**
 * Calls a method of a managed object. The signal is for methods that take one: it is aborted by interruption.
 *
 * @example
 * yield* Manager.use(scores, (map, signal) => map.update('ada', (n) => (n ?? 0) + 1, { signal }))
 */
export const use = <H extends object, A>(
  self: H,
  call: (self: H, signal: AbortSignal) => Promise<A>,
): Effect.Effect<A, ManagedFailure> => operation((signal) => call(self, signal))
