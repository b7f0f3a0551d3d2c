import { ValueError } from '../errors.ts'
import type { Keeper, Outlet, Reply } from './primitive.ts'
import { QueuePort, QueuePrimitive, type QueueState } from './queue.ts'
import { type Run, Runs } from './runs.ts'

export interface JoinableQueueState extends QueueState {
  /** How often an item is handed out before it is given up. */
  readonly deliveryLimit: number
}

/**
 * A queue that remembers what was taken until it is done.
 *
 * **Invariants** `unfinished` counts the items that were put and are not done: those in the queue, those that a
 * consumer works on, and none else; `join` answers when it is 0.
 *
 * **Death** What a dead consumer took and did not finish goes back to the front, in order, unless it was handed out
 * `deliveryLimit` times: then it goes to the dead letters and counts as done, so that one poisonous item cannot stop
 * the rest.
 */
export class JoinableQueuePrimitive extends QueuePrimitive {
  override readonly remembers = true
  readonly #deadLetters: QueuePrimitive
  readonly #deadLettersId: string
  readonly #limit: number
  readonly #consumers = new Set<JoinableQueuePort>()
  readonly #joining = new Set<Reply>()
  #unfinished = 0

  constructor(state: JoinableQueueState, hub: Keeper, deadLetters: QueuePrimitive, deadLettersId: string) {
    super(state, hub)
    this.#limit = state.deliveryLimit
    this.#deadLetters = deadLetters
    this.#deadLettersId = deadLettersId
    hub.retain([deadLettersId])
  }

  protected override createPort(outlet: Outlet): QueuePort {
    const port = new JoinableQueuePort(this, outlet)
    this.#consumers.add(port)
    return port
  }

  override dispose(): void {
    super.dispose()
    this.hub.forgo([this.#deadLettersId])
  }

  override accept(run: Run): void {
    this.#unfinished += run.count
    super.accept(run)
  }

  protected override taken(port: JoinableQueuePort, run: Run): void {
    const items = new Runs()
    items.push(run)
    for (let item = items.takeFirst(1); item !== undefined; item = items.takeFirst(1)) port.work(item)
  }

  /** One item is done; which one matters only if its consumer dies. */
  done(item: Run | undefined): void {
    if (item !== undefined) this.forgoRefs(item)
    if (--this.#unfinished > 0) return
    for (const reply of this.#joining) reply.done(null)
    this.#joining.clear()
  }

  /** A `taskDone` by a process that has nothing of its own to finish: Python allows it, so the oldest item counts. */
  doneByAnyone(reply: Reply): void {
    if (this.#unfinished === 0) return reply.fail(new ValueError('taskDone() called too many times'))
    for (const port of this.#consumers) {
      const item = port.finish(0)
      if (item === undefined) continue
      this.done(item)
      return reply.done(null)
    }
    this.done(undefined)
    reply.done(null)
  }

  join(reply: Reply): void {
    if (this.#unfinished === 0) reply.done(null)
    else this.#joining.add(reply)
  }

  override release(port: JoinableQueuePort): void {
    this.#consumers.delete(port)
    for (const reply of port.joins) this.#joining.delete(reply)
    // What it waited for it may have taken, and may have died of, before it could say so: were that not counted, an
    // item that kills at once would kill for ever.
    this.items.spent(port.items, Math.min(port.items.served, port.items.held))
    // Before what it held unspent, which is younger, and which goes on to others at once.
    for (const item of port.unfinished.values()) {
      if (item.deliveries < this.#limit) this.takeBack(item)
      else this.#giveUp(item)
    }
    super.release(port)
  }

  #giveUp(item: Run): void {
    this.#deadLetters.accept({ ...item, deliveries: 0 })
    this.done(undefined)
  }
}

class JoinableQueuePort extends QueuePort {
  declare readonly queue: JoinableQueuePrimitive
  /** What this consumer took and did not finish, by the number of its taking; the oldest first. */
  readonly unfinished = new Map<number, Run>()
  readonly joins = new Set<Reply>()
  #lastNumber = 0

  work(item: Run): void {
    this.unfinished.set(++this.#lastNumber, item)
  }

  finish(number: number): Run | undefined {
    const key = number === 0 ? this.unfinished.keys().next().value : number
    const item = key === undefined ? undefined : this.unfinished.get(key)
    if (key !== undefined) this.unfinished.delete(key)
    return item
  }

  override ack(number: number): void {
    const item = this.finish(number)
    if (item !== undefined) this.queue.done(item)
  }

  override call(operation: string, args: readonly unknown[], reply: Reply): void {
    if (operation === 'taskDone') return this.queue.doneByAnyone(reply)
    if (operation !== 'join') return super.call(operation, args, reply)
    this.joins.add(reply)
    this.queue.join(reply)
  }
}
