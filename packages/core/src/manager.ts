import { Barrier, type BarrierOptions } from './barrier.ts'
import { Condition } from './condition.ts'
import { KeyError, ValueError } from './errors.ts'
import type { HANDLE } from './handle.ts'
import { JoinableQueue, type JoinableQueueOptions } from './joinable-queue.ts'
import { Lock } from './lock.ts'
import { registerManaged } from './managed-classes.ts'
import type { Remote } from './managed-object.ts'
import { ManagedPool } from './managed-pool.ts'
import { MANAGED_POOL, type PoolServant } from './managed-pool-servant.ts'
import { connectionTo } from './manager-connection.ts'
import { ConnectedHome, type ManagerHome, ProcessHome, TreeHome } from './manager-home.ts'
import type { ManagerAddress, ManagerRequest } from './manager-host.ts'
import { checkedKey, type ManagerOptions, requestOf } from './manager-options.ts'
import { Namespace } from './namespace.ts'
import { managers } from './platform.ts'
import type { PoolOptions } from './pool/pool-options.ts'
import { Queue } from './queue.ts'
import type { QueueOptions } from './queue-channel.ts'
import { managerClosed } from './revoked.ts'
import { RLock } from './rlock.ts'
import { within } from './runtime.ts'
import { BoundedSemaphore, Semaphore } from './semaphore.ts'
import { SharedArray } from './shared-array.ts'
import { SharedEvent } from './shared-event.ts'
import { SharedList } from './shared-list.ts'
import { type SharedKey, SharedMap } from './shared-map.ts'
import { SharedValue } from './shared-value.ts'
import type { AssignableTo, ElementType } from './type-codes.ts'

/** What travels of how a pool is made. */
export type ManagedPoolOptions = Omit<PoolOptions<readonly unknown[]>, 'onCallbackError'>

type State =
  | { readonly is: 'new' }
  | { readonly is: 'starting' }
  | { readonly is: 'running'; readonly home: ManagerHome }
  | { readonly is: 'closed'; readonly home: ManagerHome | undefined }

/**
 * Makes objects that processes share, and takes all of them away when it is shut down: Python's
 * `multiprocessing.Manager()`.
 *
 * Without options they live where queues do, with the main program. With `{ process: true }` they live in a process of
 * their own, to which every process connects by itself: a busy parent then delays nobody, and processes that are not its
 * children can connect, too.
 *
 * @example
 * await using manager = new Manager()
 * const list = manager.list([1, 2, 3])
 * await list.set(0, 100)
 */
export class Manager {
  /** Undefined: it has no process of its own. */
  readonly #request: ManagerRequest | undefined
  readonly #authKey: Uint8Array
  #state: State = { is: 'new' }

  /** @throws TypeError if the options make no sense */
  constructor(options: ManagerOptions = {}) {
    this.#authKey = checkedKey(options.authKey)
    this.#request = requestOf(options, this.#authKey)
  }

  /**
   * Connects to a manager that another program, or another process of this one, has started.
   *
   * @param address the path of its socket, or its host and port, as in `manager.address`
   * @throws AuthenticationError if the key is another one
   * @throws ManagerDiedError if nobody listens there
   */
  static async connect(address: ManagerAddress, { authKey }: { authKey: Uint8Array | string }): Promise<Manager> {
    const manager = new Manager({ authKey })
    const connection = connectionTo({ address: managers().addressOf(address), authKey: manager.#authKey })
    try {
      await connection.ready
    } catch {
      // What it was, and in words, is known there.
      await connection.published.size()
    }
    manager.#state = { is: 'running', home: new ConnectedHome(connection) }
    return manager
  }

  /**
   * Lets the process of a manager make instances of a class: call it in the module that the manager is given. Python's
   * `BaseManager.register`. `exposed` are the methods that others may call; unless given, those whose names begin with no
   * underscore.
   *
   * @throws TypeError if the name is taken by another class, or there is no such method
   */
  static register(
    name: string,
    type: new (...args: never[]) => object,
    { exposed }: { exposed?: readonly string[] } = {},
  ): void {
    registerManaged(name, type, exposed)
  }

  /**
   * Starts the process, if it is to have one, and resolves when that can be used.
   *
   * @throws ValueError if it was started before
   * @throws StartError if the process cannot be started
   * @throws what its initializer threw
   */
  async start(): Promise<this> {
    if (this.#state.is === 'closed') throw managerClosed()
    if (this.#state.is !== 'new') throw new ValueError('the manager was started already; make a new one')
    const request = this.#request
    if (request === undefined) {
      this.#state = { is: 'running', home: new TreeHome() }
      return this
    }
    this.#state = { is: 'starting' }
    try {
      const home = await ProcessHome.start(request)
      if ((this.#state as State).is === 'closed') await home.shutdown()
      this.#state = (this.#state as State).is === 'closed' ? { is: 'closed', home } : { is: 'running', home }
    } catch (error) {
      this.#state = { is: 'closed', home: undefined }
      throw error
    }
    if (this.#state.is === 'closed') throw managerClosed()
    return this
  }

  /** A map that processes share: Python's `dict`. */
  map<K extends SharedKey, V>(entries?: Iterable<readonly [K, V]>): SharedMap<K, V> {
    return this.make(() => new SharedMap(entries))
  }

  /** A list that processes share. */
  list<T>(items?: Iterable<T>): SharedList<T> {
    return this.make(() => new SharedList(items))
  }

  /** Named values that processes share: Python's `Namespace`. */
  namespace<T extends object>(values?: T): Namespace<T> {
    return this.make(() => new Namespace(values))
  }

  /** A queue: Python's `Queue`. */
  queue<T>(options?: QueueOptions): Queue<T> {
    return this.make(() => new Queue<T>(options))
  }

  /** A queue that knows when everything was done: Python's `JoinableQueue`. */
  joinableQueue<T>(options?: JoinableQueueOptions): JoinableQueue<T> {
    return this.make(() => new JoinableQueue<T>(options))
  }

  /** A lock: Python's `Lock`. */
  lock(): Lock {
    return this.make(() => new Lock())
  }

  /** A lock that its owner may acquire again: Python's `RLock`. */
  rlock(): RLock {
    return this.make(() => new RLock())
  }

  /** So many permits, 1 unless given: Python's `Semaphore`. */
  semaphore(value?: number): Semaphore {
    return this.make(() => new Semaphore(value))
  }

  /** The same, of which no more can be released than there were: Python's `BoundedSemaphore`. */
  boundedSemaphore(value?: number): BoundedSemaphore {
    return this.make(() => new BoundedSemaphore(value))
  }

  /** A flag that processes wait for: Python's `Event`. */
  event(): SharedEvent {
    return this.make(() => new SharedEvent())
  }

  /** A condition over a lock of this manager's, a new one unless given: Python's `Condition`. */
  condition<L extends Lock | RLock = Lock>(lock?: L): Condition<L> {
    return this.make(() => new Condition(lock))
  }

  /** A barrier for so many parties: Python's `Barrier`. */
  barrier(parties: number, options?: BarrierOptions): Barrier {
    return this.make(() => new Barrier(parties, options))
  }

  /** A value; where the manager has a process of its own, that keeps it: use the methods that return promises. */
  value<E extends ElementType>(type: E, initial?: AssignableTo<E>): SharedValue<E> {
    return this.make(() => new SharedValue(type, initial))
  }

  /** An array, of which the same holds. */
  array<E extends ElementType>(type: E, sizeOrInitial: number | Iterable<AssignableTo<E>>): SharedArray<E> {
    return this.make(() => new SharedArray(type, sizeOrInitial))
  }

  /**
   * Has whatever `construct` makes live where the other objects of this manager do.
   *
   * @throws ManagerClosedError after `shutdown()`
   * @throws ValueError if it is to have a process and was not started
   * @example
   * const queue = manager.make(() => new SimpleQueue<string>())
   */
  make<T extends { readonly [HANDLE]: unknown }>(construct: () => T): T {
    const home = this.#home()
    const made = within(home.context, construct)
    home.made(made)
    return made
  }

  /**
   * An instance of a class that was registered in the manager's module.
   *
   * @throws ValueError if there is no such class
   * @throws what its constructor threw
   */
  async create<T extends object>(name: string, ...args: readonly unknown[]): Promise<Remote<T>> {
    const { classes } = this.#home()
    if (classes === undefined)
      throw new TypeError('only a manager with a process of its own makes instances of classes: { process: true }')
    return (await classes.ask('create', args, [name])).values[0] as Remote<T>
  }

  /**
   * A pool in the manager's process, which can be given to others: Python's `Pool`.
   *
   * @throws TypeError if the manager has no process of its own, or the options make no sense
   */
  async pool(options: ManagedPoolOptions = {}): Promise<ManagedPool> {
    return new ManagedPool(await this.create<PoolServant>(MANAGED_POOL, options))
  }

  /**
   * Gives an object a name by which everybody who is connected can get it. It is kept until it is unpublished, or the
   * manager ends.
   * @throws EncodeError if it is no object of this manager, nor a value
   */
  async publish(name: string, object: unknown): Promise<void> {
    await this.#home().published.set(name, object)
  }

  /** Returns whether there was one. */
  async unpublish(name: string): Promise<boolean> {
    return this.#home().published.delete(name)
  }

  /**
   * What was published under a name.
   * @throws KeyError if nothing was
   */
  async get<T = unknown>(name: string): Promise<T> {
    const { published } = this.#home()
    const { value, revision } = await published.getVersioned(name)
    if (revision === 0) throw new KeyError(`nothing is published as ${JSON.stringify(name)}`)
    return value as T
  }

  /** Where it can be connected to; undefined if it has no process. */
  get address(): string | undefined {
    return this.#state.is === 'running' ? this.#state.home.address : undefined
  }

  /** The secret that whoever connects has to know: Python's `authkey`. */
  get authKey(): Uint8Array {
    return this.#authKey
  }

  /** The id of its process, if it has one and this program started it. */
  get pid(): number | undefined {
    return this.#state.is === 'running' ? this.#state.home.pid : undefined
  }

  /** The exit code of its process, or the negative number of the signal that killed it; null while it runs. */
  get exitCode(): number | null {
    return this.#state.is === 'running' || this.#state.is === 'closed' ? (this.#state.home?.exitCode ?? null) : null
  }

  /**
   * Takes all its objects away, here and everywhere: what is pending, and every later call, rejects with
   * ManagerClosedError. Resolves when its process has ended. Calling it twice does no harm.
   */
  async shutdown(): Promise<void> {
    const home = this.#state.is === 'running' || this.#state.is === 'closed' ? this.#state.home : undefined
    this.#state = { is: 'closed', home }
    await home?.shutdown()
  }

  /** Calls `shutdown()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown()
  }

  #home(): ManagerHome {
    switch (this.#state.is) {
      case 'running':
        return this.#state.home
      case 'closed':
        throw managerClosed()
      default: {
        if (this.#request !== undefined)
          throw new ValueError('the process of the manager is not there yet: await manager.start() first')
        const home = new TreeHome()
        this.#state = { is: 'running', home }
        return home
      }
    }
  }
}
