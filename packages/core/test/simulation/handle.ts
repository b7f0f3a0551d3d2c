import { ClosedError, DisconnectedError, EmptyError, EncodeError, FullError, ValueError } from '../../src/errors.ts'
import { HANDLE } from '../../src/handle.ts'
import { JoinableQueue } from '../../src/joinable-queue.ts'
import type { WaitOptions } from '../../src/lessee.ts'
import type { Queue } from '../../src/queue.ts'
import type { QueueChannel } from '../../src/queue-channel.ts'
import { idOf } from './item.ts'
import type { QueueModel } from './queue-model.ts'
import type { SimProcess } from './sim-process.ts'
import type { World } from './world.ts'

type Kind = 'put' | 'get' | 'call' | 'join'

/** What user code waits for. */
export interface Pending {
  readonly kind: Kind
  readonly handle: Handle
  readonly began: number
  readonly options: WaitOptions
  readonly order: number
}

interface Unfinished {
  readonly done: () => void
  /** It finishes this item and no other. */
  readonly exact: boolean
}

/** A queue in a user's hands: what it promised, and whether it kept it. */
export class Handle {
  readonly process: SimProcess
  readonly queue: Queue<unknown>
  readonly id: string
  readonly channel: QueueChannel
  /** The ids of what was put and taken, in the order in which the user learnt of it. */
  readonly put: number[] = []
  readonly taken: number[] = []
  readonly pending: Set<Pending>
  /** How to finish what was received. */
  readonly unfinished: Unfinished[] = []
  closed = false
  released = false
  cancelledGets = 0
  cameInItem = false
  /** The hub has let its channel go, whether the process knows it or not. */
  cutOff = false
  readonly #world: World
  #gone = false
  #order = 0
  /** When the garbage collector takes a handle, that must not depend on when it runs. */
  readonly #kept: unknown[] = []
  /** The latest that was served, of puts and of gets. */
  readonly #served = { put: 0, get: 0, call: 0, join: 0 }
  /** How much of both logs was compared with the hub's. */
  #checkedPuts = 0
  #checkedTakes = 0

  readonly #model: () => QueueModel | undefined

  constructor(
    world: World,
    process: SimProcess,
    queue: Queue<unknown>,
    model: () => QueueModel | undefined,
    pending: Set<Pending>,
  ) {
    this.#world = world
    this.process = process
    this.queue = queue
    this.id = queue[HANDLE].id
    this.#model = model
    this.pending = pending
    this.channel = Reflect.get(queue, 'channel') as QueueChannel
    process.handles.set(this.channel.number, this)
  }

  /** What the hub is to know of it; there once the hub has heard of it. */
  get model(): QueueModel {
    return this.#model()!
  }

  get usable(): boolean {
    return this.process.alive && this.process.connected && !this.closed && !this.released && !this.#gone
  }

  /** The primitive was gone before this handle reached the hub. */
  isGone(): void {
    this.#gone = true
    if (this.cameInItem) this.#world.note('nothing is lost', `${this.id} was gone though an item held it`)
  }

  /** Resolves to whether there was room. */
  putItem(item: unknown, options: WaitOptions = {}): Promise<boolean> {
    const id = idOf(item)
    return this.#track(
      'put',
      options,
      () => this.queue.put(item, options),
      () => {
        this.put.push(id)
        if (this.cutOff) return
        const { model } = this
        model.outstanding++
        if (model.maxsize > 0 && model.outstanding > model.maxsize)
          this.#world.note('maxsize is exact', `${model.outstanding} items in ${model.id}, of ${model.maxsize}`)
      },
    )
  }

  /** Puts what cannot be put. */
  putRubbish(options: WaitOptions = {}): void {
    const rubbish = { list: [1, () => 1] }
    this.queue.put(rubbish, options).then(
      () => this.#world.note('nothing throws', 'a function was put'),
      (error) => {
        this.#world.activity++
        if (error instanceof EncodeError ? error.path !== '.list[1]' : this.usable && !options.signal?.aborted)
          this.#world.note('nothing throws', `a function was refused with ${error}`)
      },
    )
  }

  /** Resolves with an item, or with undefined if none came. */
  async takeItem(options: WaitOptions = {}): Promise<unknown> {
    let taken: unknown
    await this.#track(
      'get',
      options,
      () => this.queue.get(options),
      (item) => {
        taken = item
        this.#took(item)
        if (this.queue instanceof JoinableQueue) {
          const { queue } = this
          const done = () =>
            void this.#track(
              'call',
              {},
              () => queue.taskDone(),
              () => {},
            )
          this.unfinished.push({ done, exact: false })
        }
      },
    )
    return taken
  }

  /** As `takeItem`, with `receive`. */
  receive(options: WaitOptions = {}): Promise<boolean> {
    const queue = this.queue as JoinableQueue<unknown>
    return this.#track(
      'get',
      options,
      () => queue.receive(options),
      ({ item, done }) => {
        this.#took(item)
        this.unfinished.push({ done, exact: true })
      },
    )
  }

  /** Finishes an item that was taken: the oldest, or any that can be finished on its own. */
  finish(): void {
    if (!this.process.alive || this.unfinished.length === 0) return
    const any = this.#world.random.int(this.unfinished.length)
    const [work] = this.unfinished.splice(this.unfinished[any]!.exact ? any : 0, 1)
    work!.done()
  }

  join(): Promise<boolean> {
    return this.#track(
      'join',
      {},
      () => (this.queue as JoinableQueue).join(),
      () => {},
    )
  }

  size(): Promise<boolean> {
    return this.#track(
      'call',
      {},
      () => this.queue.qsize(),
      (size) => {
        if (!(size >= 0)) this.#world.note('nothing throws', `a size of ${size}`)
      },
    )
  }

  close(): void {
    this.#world.trace(() => `${this.process.name} closes ${this.id}`)
    this.closed = true
    void this.queue.close()
  }

  /** The handle becomes garbage: as soon as nothing is pending on it, its channel goes. */
  forget(): void {
    this.#world.trace(() => `${this.process.name} forgets ${this.id}`)
    this.released = true
    this.channel.whenIdle(() => this.channel.release(this.id))
  }

  /** Compares what user code knows with what the hub was told. */
  reconcile(accepted: readonly number[], spent: readonly number[]): void {
    for (; this.#checkedPuts < accepted.length; this.#checkedPuts++)
      if (this.put[this.#checkedPuts] !== accepted[this.#checkedPuts])
        this.#world.fail(
          'first in, first out',
          `${this.process.name} put ${this.put[this.#checkedPuts]}, but ${accepted[this.#checkedPuts]} came`,
        )
    for (; this.#checkedTakes < spent.length; this.#checkedTakes++)
      if (this.taken[this.#checkedTakes] !== spent[this.#checkedTakes])
        this.#world.fail(
          this.cancelledGets > 0 ? 'a cancelled waiter takes nothing' : 'nothing is lost',
          `${this.process.name} reported ${spent[this.#checkedTakes]} as taken; it took ${this.taken[this.#checkedTakes]}`,
        )
  }

  #took(item: unknown): void {
    const id = idOf(item)
    this.taken.push(id)
    if (typeof item === 'object') this.#kept.push(item)
    if (!this.cutOff) this.model.takenByUser(id)
  }

  #track<T>(kind: Kind, options: WaitOptions, begin: () => Promise<T>, kept: (value: T) => void): Promise<boolean> {
    const pending: Pending = { kind, handle: this, began: this.#world.time, options, order: ++this.#order }
    this.pending.add(pending)
    return begin().then(
      (value) => {
        this.#settled(pending)
        this.#world.saw(kind)
        this.#checkOrder(pending)
        this.#world.guard(() => kept(value))
        return true
      },
      (error) => {
        this.#settled(pending)
        this.#world.saw(error instanceof Error ? error.constructor.name : 'other')
        this.#world.guard(() => this.#checkRefusal(pending, error))
        return false
      },
    )
  }

  #settled(pending: Pending): void {
    this.#world.activity++
    this.pending.delete(pending)
    if (!this.process.alive) this.#world.note('nothing throws', `${this.process.name} did something after its death`)
  }

  #checkOrder({ kind, order }: Pending): void {
    if ((kind === 'put' || kind === 'get') && order < this.#served[kind])
      this.#world.note(
        'first come, first served',
        `${this.process.name} served ${kind} ${this.#served[kind]} before ${order}`,
      )
    this.#served[kind] = order
  }

  #checkRefusal({ kind, options, began }: Pending, error: unknown): void {
    const { timeout, signal } = options
    if (signal?.aborted && error === signal.reason) {
      if (kind === 'get') this.cancelledGets++
      return
    }
    if (error instanceof EmptyError || error instanceof FullError) {
      if (error instanceof EmptyError ? kind !== 'get' : kind !== 'put')
        this.#world.fail('nothing throws', `${kind} was refused with ${error}`)
      if (timeout === undefined || this.#world.time < began + timeout)
        this.#world.fail(
          'every operation settles',
          `${kind} gave up after ${this.#world.time - began} ms of ${timeout}`,
        )
      if (kind === 'get') this.cancelledGets++
      return
    }
    const expected =
      (error instanceof ClosedError && this.closed) ||
      (error instanceof DisconnectedError && !this.process.connected) ||
      (error instanceof ValueError && this.#gone)
    if (!expected) this.#world.fail('nothing throws', `${kind} on ${this.id} was refused: ${String(error)}`)
  }
}
