import { Context } from '../../src/context.ts'
import { EmptyError, FullError } from '../../src/errors.ts'
import { DEFAULT_MAX_FRAME } from '../../src/frame.ts'
import { Hub } from '../../src/hub.ts'
import { JoinableQueue } from '../../src/joinable-queue.ts'
import { memoryTransports } from '../../src/memory-transport.ts'
import { deadLettersOf } from '../../src/primitives/create.ts'
import { Queue } from '../../src/queue.ts'
import type { Transport } from '../../src/transport.ts'
import { Turn } from '../../src/turn.ts'
import { ManualClock } from '../manual-clock.ts'

/** The queues that everybody knows, strangers too. */
export const SHARED = {
  plain: { kind: 'queue', id: 'shared', options: { maxsize: 6 } },
  bytes: { kind: 'queue', id: 'shared-bytes', options: { maxsize: 0, maxbytes: 60 } },
  joinable: { kind: 'joinable-queue', id: 'shared-joinable', options: { maxsize: 4, deliveryLimit: 2 } },
} as const

export function openShared(context: Context): { shared: Queue; bytes: Queue; joinable: JoinableQueue } {
  return {
    shared: new Queue(SHARED.plain.options, { context, id: SHARED.plain.id }),
    bytes: new Queue(SHARED.bytes.options, { context, id: SHARED.bytes.id }),
    joinable: new JoinableQueue(SHARED.joinable.options, { context, id: SHARED.joinable.id }),
  }
}

/** A hub with two peaceful contexts, and queues that are open to strangers as well. */
export class Town {
  readonly clock = new ManualClock()
  readonly hub = new Hub(new Turn(this.clock))
  readonly resident = this.settleIn('resident')
  readonly #neighbour = this.settleIn('neighbour')
  readonly shared: Queue
  readonly bytes: Queue
  readonly joinable: JoinableQueue
  readonly #sent: Queue<number>
  readonly #received: Queue<number>
  #count = 0

  constructor() {
    const { resident, hub } = this
    for (const { kind, id, options } of Object.values(SHARED)) hub.create(id, kind, options)
    const { shared, bytes, joinable } = openShared(resident)
    this.shared = shared
    this.bytes = bytes
    this.joinable = joinable
    hub.create('private', 'queue', { maxsize: 2 })
    this.#sent = new Queue<number>({ maxsize: 2 }, { context: resident, id: 'private' })
    this.#received = new Queue<number>({ maxsize: 2 }, { context: this.#neighbour, id: 'private' })
  }

  settleIn(path: string, wrap = (transport: Transport) => transport): Context {
    const [near, far] = memoryTransports()
    this.hub.attach(far)
    return new Context(path, wrap(near), new Turn(this.clock), this.clock, DEFAULT_MAX_FRAME)
  }

  /** A promise's outcome, once nothing more is to be done. */
  async outcome<T>(promise: Promise<T>): Promise<T | Error> {
    let outcome: T | Error = new Error('it did not settle')
    promise.then(
      (value) => {
        outcome = value
      },
      (error) => {
        outcome = error
      },
    )
    await this.clock.settle()
    return outcome
  }

  /** Whether an item gets from one resident to the other. */
  async works(): Promise<boolean> {
    const number = ++this.#count
    const put = await this.outcome(this.#sent.putNowait(number))
    return put === undefined && (await this.outcome(this.#received.getNowait())) === number
  }

  /** Empties the shared queues and tells how much each of them holds then, in numbers of one byte. */
  async capacities(): Promise<Record<'shared' | 'bytes' | 'joinable', number>> {
    // A newcomer each time: the handles that it finds in items go when it goes.
    const newcomer = this.settleIn('newcomer')
    const { shared, bytes, joinable } = openShared(newcomer)
    const capacities = {
      shared: await this.#capacity(shared),
      bytes: await this.#capacity(bytes),
      joinable: await this.#capacity(joinable),
    }
    // What ended there holds its handles, too.
    await this.#drain(new Queue({}, { context: newcomer, id: deadLettersOf(SHARED.joinable.id) }))
    newcomer.link.close()
    return capacities
  }

  async #capacity(queue: Queue): Promise<number> {
    await this.#drain(queue)
    let fitted = 0
    for (let i = 0; i < 200; i++)
      queue.putNowait(1).then(
        () => fitted++,
        (error) => {
          if (!(error instanceof FullError)) throw error
        },
      )
    await this.clock.settle()
    await this.#drain(queue)
    return fitted
  }

  async #drain(queue: Queue): Promise<void> {
    for (let i = 0; i < 10_000; i++) {
      const item = await this.outcome(queue.getNowait())
      if (item instanceof EmptyError) return
      if (queue instanceof JoinableQueue) await this.outcome(queue.taskDone())
    }
    throw new Error('the queue does not get empty')
  }
}
