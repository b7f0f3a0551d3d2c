import type { Subscriber } from 'rxjs'
import { runtime } from '../runtime.ts'
import type { Demand } from './demand.ts'
import { enter, leave, type Publisher, publisher } from './publication.ts'

/** So many items leave in one go where no demand is known. */
const BURST = 16
/** So long must nothing have come, in milliseconds, until sources within this one are taken as idle. */
const IDLE_MS = 100

/**
 * What a source emits to one subscriber: it finds the stage that it feeds, and tells when that has room for one more.
 *
 * A source within a source, which an operator as `mergeMap` subscribes to for an item of the outer one, takes that item's
 * place: the outer one goes on while the operator takes more, and has at most one item waiting in it.
 */
export class Supply<T> implements Publisher {
  /** Whom it feeds, as far as is known. */
  demand: Demand | undefined
  readonly #subscriber: Subscriber<T>
  readonly #wake: () => void
  /** Others that it feeds as well, behind an operator such as `share`. */
  #others: Demand[] | undefined
  readonly #ends: Array<() => void> = []
  /** The source for one of whose items this one stands. */
  readonly #parent: Supply<never> | undefined
  #children = 0
  /** So many more of those there may be than the demand has room for: some have nothing to give. */
  #more = 0
  #watching = false
  /** It is calling with an item of which nothing has come yet. */
  #pending = false
  /** An operator keeps one of its items until a child has ended. */
  #held = false
  #state: 'open' | 'ending' | 'closed' = 'open'
  #left: number

  /**
   * To be made while the subscriber subscribes.
   * @param wake called when it may be `ready` again
   * @param burst how many items may leave in one turn of the event loop where no demand is known
   */
  constructor(subscriber: Subscriber<T>, wake: () => void, burst = BURST) {
    this.#subscriber = subscriber
    this.#wake = wake
    this.#left = burst
    const found = publisher()
    const within = found?.supply
    if (found?.demand !== undefined && !within?.isAside(subscriber as Subscriber<never>)) this.#feed(found.demand)
    this.#parent = within?.childOpened(this.demand)
    subscriber.add(() => this.#close())
  }

  get supply(): Supply<never> {
    return this as Supply<never>
  }

  get closed(): boolean {
    return this.#state !== 'open' || this.#subscriber.closed
  }

  /** Whether one more item is wanted. */
  get ready(): boolean {
    if (this.closed) return false
    if (this.demand?.closed) this.#forget()
    const { demand } = this
    if (demand === undefined) return this.#left > 0 || this.#rest()
    if (this.#held || !demand.ready(this.#heldAbove)) return false
    if (this.#children >= demand.capacity + this.#more) return this.#watch(demand)
    return this.#others === undefined || this.#othersReady(this.#others)
  }

  next(value: T): void {
    const { demand } = this
    if (demand === undefined) this.#left--
    if (demand === undefined || this.#others !== undefined) return this.#nextToMany(value)
    const { transit } = demand
    const { arrivals, inners } = transit
    const { entries } = inners
    transit.count++
    this.#pending = true
    const before = inners.begin()
    this.#call(value)
    const inner = inners.end(before)
    if (!this.#pending) return
    this.#pending = false
    if (transit.arrivals !== arrivals) demand.passed(inner)
    // An operator keeps it until a child has ended; or nothing is known of it.
    else if (this.#children > 0) this.#held = true
    else if (inner !== undefined) transit.isIn(inner)
    else transit.missed(inners.mayKeep(entries))
  }

  complete(): void {
    this.#end(() => this.#subscriber.complete())
  }

  error(error: unknown): void {
    this.#end(() => this.#subscriber.error(error))
  }

  /** An item of it has arrived there. */
  reached(demand: Demand): void {
    if (this.demand === demand) return
    if (this.demand === undefined) this.#feed(demand)
    else if (!this.#others?.includes(demand)) {
      this.#others ??= []
      this.#others.push(demand)
      this.#ends.push(demand.onReady(this.#wake))
    }
  }

  /**
   * Whether a source that is subscribed to while this one calls feeds somebody else than this one does: an async function of
   * `mergeMap`, say, that awaits a pipeline of its own.
   */
  isAside(source: Subscriber<never>): boolean {
    return this.#feeds(this.#subscriber as Subscriber<never>) && !this.#feeds(source)
  }

  #feeds(source: Subscriber<never>): boolean {
    return this.demand?.leadsHere(source) === true
  }

  /** A source is subscribed to while this one calls: returns which one it stands for an item of, if for any. */
  childOpened(demand: Demand | undefined): Supply<never> | undefined {
    if (demand === undefined) return undefined
    // What follows when a child ends is for an item that was waiting.
    if (this.#state === 'ending') return this.#parent?.childOpened(demand)
    this.#children++
    if (this.#pending || this.#held) demand.transit.count--
    this.#pending = false
    this.#held = false
    return this as Supply<never>
  }

  /** One of those that stand for an item of it has ended. */
  childClosed(): void {
    this.#children--
    if (this.#held && this.#children === 0) {
      this.#held = false
      this.demand?.transit.missed()
    }
    this.#wake()
  }

  #call(value: T): void {
    const outer = enter(this)
    try {
      this.#subscriber.next(value)
    } finally {
      leave(outer)
    }
  }

  #nextToMany(value: T): void {
    const demands = this.demand === undefined ? [] : [this.demand, ...(this.#others ?? [])]
    const arrivals = demands.map(({ transit }) => transit.arrivals)
    for (const { transit } of demands) transit.count++
    const outer = enter({ demand: undefined, supply: this.supply })
    try {
      this.#subscriber.next(value)
    } finally {
      leave(outer)
    }
    demands.forEach(({ transit }, i) => {
      if (transit.arrivals !== arrivals[i]) transit.passed()
      else transit.missed()
    })
  }

  #end(call: () => void): void {
    if (this.#state !== 'open') return
    this.#state = 'ending'
    const outer = enter(this)
    try {
      call()
    } finally {
      leave(outer)
      this.#state = 'closed'
      this.#parent?.childClosed()
    }
  }

  #close(): void {
    for (const end of this.#ends.splice(0)) end()
    if (this.#held) this.demand!.transit.count--
    this.#held = false
    if (this.#state !== 'open') return
    this.#state = 'closed'
    this.#parent?.childClosed()
  }

  #feed(demand: Demand): void {
    this.demand = demand
    this.#ends.push(demand.onReady(this.#wake))
    demand.fedBy(this.#subscriber as Subscriber<never>)
  }

  /** Whom it fed wants nothing any more, though others may. */
  #forget(): void {
    this.#others = this.#others?.filter(({ closed }) => !closed)
    this.demand = this.#others?.shift()
    if (this.#others?.length === 0) this.#others = undefined
  }

  #othersReady(others: readonly Demand[]): boolean {
    return others.every((other) => other.closed || other.ready())
  }

  /** How many items of those for whose items this one stands are waiting for it. */
  get #heldAbove(): number {
    let held = 0
    for (let above = this.#parent; above !== undefined; above = above.#parent) if (above.#held) held++
    return held
  }

  /**
   * Sources within this one may be live and have nothing to give for ever, as queues do: where nothing comes of as many as
   * there is room for, it goes on to more.
   */
  #watch(demand: Demand): false {
    if (this.#watching) return false
    this.#watching = true
    const { arrivals } = demand.transit
    const look = () => {
      this.#watching = false
      if (this.closed) return
      if (demand.transit.arrivals === arrivals && demand.ready(this.#heldAbove)) this.#more += demand.capacity
      this.#wake()
    }
    runtime().context.clock.setTimer(look, IDLE_MS, true)
    return false
  }

  #rest(): false {
    if (this.#left === 0) {
      this.#left = -1
      runtime().context.clock.defer(() => {
        this.#left = BURST
        if (!this.closed) this.#wake()
      })
    }
    return false
  }
}
