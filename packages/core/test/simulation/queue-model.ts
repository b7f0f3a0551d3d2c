import type { SimProcess } from './sim-process.ts'
import type { World } from './world.ts'

/** What the hub is to know of one item. */
export interface ItemModel {
  /** Its place in the order of the queue. */
  readonly place: number
  /** What the test knows it by. */
  readonly id: number
  readonly size: number
  /** How often it was handed out and taken, so far. */
  deliveries: number
}

interface WaiterModel {
  readonly port: PortModel
  readonly id: number
  readonly cost: number
  readonly nowait: boolean
}

/** One channel of one process, as the hub is to see it. */
export interface PortModel {
  readonly queue: QueueModel
  readonly process: SimProcess
  readonly channel: number
  readonly lent: ItemModel[]
  /** How many of these were lent after a RECALL that is not answered: the answer gives back none of them. */
  lentSince: number
  recalled: boolean
  /** How many who waited were served, and have not been heard of since. */
  served: number
  /** Free slots lent, and the bytes that go with them. */
  slots: number
  reserved: number
  /** What each of its slots is good for, the oldest first. */
  readonly allowances: number[]
  /** The ids of what was put and of what was spent through it, in order. */
  readonly accepted: number[]
  readonly spent: number[]
  /** Of a JoinableQueue: what was taken and is not done, by its number. */
  readonly unfinished: Map<number, ItemModel>
}

export const SLOTS = 0
export const ITEMS = 1

/**
 * The rules of a queue in the plainest words, held against each frame that the hub receives or writes, at the moment
 * when it does. It knows nothing of how the hub works.
 */
export class QueueModel {
  readonly id: string
  readonly maxsize: number
  readonly maxbytes: number
  /** Of a JoinableQueue; else 0. */
  readonly deliveryLimit: number
  /** What can be handed out, in order. */
  readonly store: ItemModel[] = []
  readonly ports = new Set<PortModel>()
  readonly waiters: [WaiterModel[], WaiterModel[]] = [[], []]
  /** Items put and not taken: their number and their bytes. */
  length = 0
  bytes = 0
  /** Items put and not done. */
  unfinished = 0
  /** Seen by user code: puts that resolved and first takes, less what died on the way to the hub. */
  outstanding = 0
  readonly deadLetters: QueueModel | undefined
  readonly #world: World
  readonly #takenOnce = new Set<number>()
  #places = 0

  constructor(world: World, id: string, options: Readonly<Record<string, number>>, deadLetters?: QueueModel) {
    this.#world = world
    this.id = id
    this.maxsize = options.maxsize ?? 0
    this.maxbytes = options.maxbytes ?? 0
    this.deliveryLimit = options.deliveryLimit ?? 0
    this.deadLetters = deadLetters
  }

  connect(process: SimProcess, channel: number): PortModel {
    const port: PortModel = {
      queue: this,
      process,
      channel,
      lent: [],
      lentSince: 0,
      recalled: false,
      served: 0,
      slots: 0,
      reserved: 0,
      allowances: [],
      accepted: [],
      spent: [],
      unfinished: new Map(),
    }
    this.ports.add(port)
    return port
  }

  put(port: PortModel, items: ReadonlyArray<{ id: number; size: number }>): void {
    port.slots -= items.length
    if (port.slots < 0) this.#world.fail('the protocol is kept', `${port.process.name} put without a slot`)
    for (const { id, size } of items) {
      if (this.maxbytes > 0) port.reserved -= port.allowances.shift()!
      port.accepted.push(id)
      this.#append({ place: this.#places++, id, size, deliveries: 0 })
    }
  }

  grant(port: PortModel, count: number, id: number, cost: number): void {
    this.#serve(SLOTS, port, count, id, id === 0 ? 0 : cost)
    const lent = sum(this.ports, (each) => each.slots)
    const reserved = sum(this.ports, (each) => each.reserved)
    if (this.maxsize > 0 && this.length + lent + count > this.maxsize)
      this.#world.fail('maxsize is exact', `${this.id} has ${this.length} items, lent ${lent} slots and lends ${count}`)
    if (this.maxbytes > 0 && this.bytes + reserved > 0 && this.bytes + reserved + count * cost > this.maxbytes)
      this.#world.fail(
        'maxbytes is exact',
        `${this.id} of ${this.maxbytes} has ${this.bytes} bytes, lent ${reserved} and lends ${count} times ${cost}`,
      )
    port.slots += count
    port.reserved += count * cost
    for (let i = 0; i < count; i++) port.allowances.push(cost)
  }

  lend(port: PortModel, ids: readonly number[], deliveries: number): void {
    if (this.waiters[ITEMS].length > 0) port.served += ids.length
    if (this.waiters[ITEMS][this.#firstInLine(ITEMS)]?.nowait !== true && this.#holdsNewer(port))
      this.#world.fail('first in, first out', `${this.id} handed ${port.process.name} what comes before what it has`)
    this.#serve(ITEMS, port, ids.length, 0, 0)
    for (const id of ids) {
      const item = this.store.shift()
      if (item?.id !== id) {
        const known = this.store.some((other) => other.id === id)
        this.#world.fail(
          known ? 'first in, first out' : 'nothing comes twice',
          `${this.id} handed item ${id} to ${port.process.name}; ${item === undefined ? 'none' : item.id} was first`,
        )
      }
      if (deliveries !== item.deliveries + 1)
        this.#world.fail('deliveries are counted', `item ${id} came as delivery ${deliveries} after ${item.deliveries}`)
      port.lent.push(item)
      if (port.recalled) port.lentSince++
    }
  }

  spent(port: PortModel, count: number, idle: boolean): void {
    if (idle) this.#forgetAsks(ITEMS, port)
    port.served = Math.max(0, port.served - count)
    for (let i = 0; i < count; i++) {
      const item = port.lent.shift()
      if (item === undefined) this.#world.fail('the protocol is kept', `${port.process.name} spent what it had not`)
      item.deliveries++
      this.length--
      this.bytes -= item.size
      port.spent.push(item.id)
      if (this.deliveryLimit > 0) port.unfinished.set(port.spent.length, item)
      else this.unfinished--
    }
  }

  recall(port: PortModel, lane: number): void {
    if (lane === ITEMS) port.recalled = true
  }

  ack(port: PortModel, number: number): void {
    if (port.unfinished.delete(number)) this.unfinished--
  }

  returned(port: PortModel, lane: number, count: number, cost: number): void {
    // Whoever gives back has no use for what it asked for before, unless that has an id of its own.
    if (count > 0 && cost === 0) this.#forgetAsks(lane, port)
    if (lane === SLOTS) {
      this.#world.saw('slots given back', count)
      port.slots -= count
      port.reserved -= sum(port.allowances.splice(0, count), (each) => each)
      if (port.slots < 0) this.#world.fail('the protocol is kept', `${port.process.name} returned slots it had not`)
    } else {
      const known = port.lent.length - port.lentSince
      this.#world.saw('items given back', count)
      if (port.lentSince > 0) this.#world.saw('items that crossed a RETURN', count)
      if (count > known) this.#world.fail('the protocol is kept', `${port.process.name} returned items it had not`)
      for (const item of port.lent.splice(known - count, count)) this.#takeBack(item)
      port.recalled = false
      if (count > 0) port.served = 0
      port.lentSince = 0
    }
  }

  ask(port: PortModel, lane: number, id: number, cost: number, nowait: boolean): void {
    this.waiters[lane]!.push({ port, id, cost, nowait })
  }

  cancel(port: PortModel, lane: number, id: number): void {
    const waiters = this.waiters[lane]!
    const at = waiters.findIndex((waiter) => waiter.port === port && waiter.id === id)
    if (at >= 0) waiters.splice(at, 1)
  }

  deny(port: PortModel, lane: number, id: number): void {
    const waiters = this.waiters[lane]!
    const at = waiters.findIndex((waiter) => waiter.port === port && waiter.id === id)
    const others = sum(this.ports, (each) => (each === port ? 0 : lane === ITEMS ? each.lent.length : each.slots))
    const free = lane === ITEMS ? this.store.length > 0 : at === 0 && this.hasRoom(waiters[0]!.cost)
    if (others > 0 || free)
      this.#world.fail('nowait is exact', `${port.process.name} was refused while ${this.id} had what it asked for`)
    this.cancel(port, lane, id)
  }

  /** Whether a slot could be lent for an item of so many bytes. */
  hasRoom(cost: number): boolean {
    const lent = sum(this.ports, (each) => each.slots)
    const bytes = this.bytes + sum(this.ports, (each) => each.reserved)
    if (this.maxsize > 0 && this.length + lent >= this.maxsize) return false
    return this.maxbytes === 0 || bytes === 0 || bytes + cost <= this.maxbytes
  }

  /** The port's process let go or died. */
  release(port: PortModel): void {
    this.ports.delete(port)
    for (const lane of this.waiters) keep(lane, (waiter) => waiter.port !== port)
    if (this.deliveryLimit > 0) this.#presumeTaken(port)
    this.#world.saw('items that came back from the dead', port.lent.length)
    this.#world.saw('slots that came back from the dead', port.slots)
    for (const item of port.lent.splice(0)) this.#takeBack(item)
    for (const item of port.unfinished.values()) {
      if (item.deliveries < this.deliveryLimit) {
        this.length++
        this.bytes += item.size
        this.#takeBack(item)
        this.#world.saw('work taken back')
      } else {
        this.#world.saw('dead letters')
        this.unfinished--
        this.takenByUser(item.id)
        const letters = this.deadLetters!
        letters.#append({ ...item, place: letters.#places++, deliveries: 0 })
      }
    }
  }

  /** User code has it, or had: it counts no more against `maxsize`, however often it comes back. */
  takenByUser(id: number): void {
    if (this.#takenOnce.has(id)) return
    this.#takenOnce.add(id)
    this.outstanding--
  }

  /** Whoever waited and was served will have taken what came before he died, and may have died of it. */
  #presumeTaken(port: PortModel): void {
    const { length } = port.spent
    this.spent(port, Math.min(port.served, port.lent.length), false)
    port.spent.length = length
  }

  #forgetAsks(lane: number, port: PortModel): void {
    keep(this.waiters[lane]!, (waiter) => waiter.port !== port || waiter.nowait || waiter.cost > 0)
  }

  #append(item: ItemModel): void {
    this.store.push(item)
    this.length++
    this.unfinished++
    this.bytes += item.size
  }

  #takeBack(item: ItemModel): void {
    const at = this.store.findIndex((other) => other.place > item.place)
    this.store.splice(at < 0 ? this.store.length : at, 0, item)
  }

  /**
   * Where the first is whose turn it is. Who has something newer than what is first in the store will be served by that: it
   * came after he had asked. And who is to give something back gets nothing newer before.
   */
  #firstInLine(lane: number): number {
    const waiters = this.waiters[lane]!
    const mustWait = ({ port, nowait }: WaiterModel): boolean =>
      !nowait && ((port.recalled && port.lent.length > port.lentSince) || this.#holdsNewer(port))
    return lane === SLOTS
      ? 0
      : Math.max(
          0,
          waiters.findIndex((waiter) => !mustWait(waiter)),
        )
  }

  #holdsNewer(port: PortModel): boolean {
    const [first] = this.store
    return first !== undefined && port.lent.some(({ place }) => place > first.place)
  }

  /** Whoever asked first is served first, and nothing goes out ahead of need while somebody waits. */
  #serve(lane: number, port: PortModel, count: number, id: number, cost: number): void {
    const waiters = this.waiters[lane]!
    this.#world.saw(waiters.length === 0 ? 'lent ahead of need' : 'lent to somebody who waited')
    const at = this.#firstInLine(lane)
    for (const first of waiters.splice(at, count)) {
      if (first.port !== port || (cost > 0 && first.id !== id))
        this.#world.fail(
          'first come, first served',
          `${port.process.name} got of ${this.id} what ${first.port.process.name} had asked for before`,
        )
    }
  }
}

function sum<T>(all: Iterable<T>, of: (each: T) => number): number {
  let total = 0
  for (const each of all) total += of(each)
  return total
}

function keep<T>(list: T[], wanted: (each: T) => boolean): void {
  const kept = list.filter(wanted)
  if (kept.length < list.length) list.splice(0, list.length, ...kept)
}
