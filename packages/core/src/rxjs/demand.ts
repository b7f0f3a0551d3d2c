import type { Observable, Subscriber } from 'rxjs'
import { runtime } from '../runtime.ts'
import { type Inner, wayTo } from './inners.ts'
import { betweenCalls, enter, leave, type Publisher, publisher } from './publication.ts'
import { Transit } from './transit.ts'

/** What a stage, or a sink, wants of its sources: no more than it has room for, what is on its way included. */
export class Demand implements Publisher {
  /** The most that there is ever room for. */
  readonly capacity: number
  readonly transit: Transit
  /** Nobody wants anything any more. */
  closed = false
  readonly supply = undefined
  readonly #room: () => number
  readonly #callbacks: Array<() => void> = []
  /** Where what is wanted arrives. */
  #stage: Subscriber<never> | undefined
  #turn = 0
  #owing = false

  constructor(capacity: number, room: () => number) {
    this.capacity = capacity
    this.#room = room
    this.transit = new Transit(capacity, runtime().context.clock, () => this.changed())
  }

  get demand(): this {
    return this
  }

  /** Whether one more may be emitted. `held`: so many of those on their way do not count, since they wait for it. */
  ready(held = 0): boolean {
    return this.#room() > this.transit.count - held
  }

  /** Has it called whenever more may be emitted; returns how to end that. */
  onReady(callback: () => void): () => void {
    this.#callbacks.push(callback)
    return () => {
      const at = this.#callbacks.indexOf(callback)
      if (at >= 0) this.#callbacks.splice(at, 1)
    }
  }

  /** There may be more room: the sources take turns in being the first to use it. */
  changed(): void {
    if (this.#callbacks.length === 1) return this.#callbacks[0]!()
    this.#turn++
    this.#offerSoon()
  }

  /**
   * An item has arrived while its source was calling, which may not want to use the room that there still is. `inner`: more
   * may come of it from there.
   */
  passed(inner: Inner | undefined): void {
    this.transit.passed(inner)
    if (this.#callbacks.length > 1) this.#offerSoon()
  }

  #offerSoon(): void {
    if (this.#owing) return
    this.#owing = true
    betweenCalls(this.#offer)
  }

  readonly #offer = (): void => {
    this.#owing = false
    const callbacks = [...this.#callbacks]
    for (let i = 0; i < callbacks.length; i++) callbacks[(this.#turn + i) % callbacks.length]!()
  }

  /** An item is here. True: none of its sources is calling with it, and will look whether there is more room. */
  arrived(): boolean {
    this.transit.arrivals++
    const supply = publisher()?.supply
    if (supply === undefined) this.transit.arrivedLate()
    else supply.reached(this)
    return supply === undefined
  }

  /** Subscribes so that the sources above find it. */
  subscribe<T>(source: Observable<T>, subscriber: Subscriber<T>): void {
    this.#stage = subscriber as Subscriber<never>
    const outer = enter(this)
    try {
      source.subscribe(subscriber)
    } finally {
      leave(outer)
    }
  }

  /** Whether what is given to that subscriber gets here from one subscriber to the next. */
  leadsHere(source: Subscriber<never>): boolean {
    return this.#stage !== undefined && wayTo(this.#stage, source).length > 0
  }

  /** A source feeds it by way of that subscriber. */
  fedBy(source: Subscriber<never>): void {
    if (this.#stage !== undefined) this.transit.inners.lookOut(source, this.#stage)
  }

  end(): void {
    this.closed = true
    this.transit.end()
    this.changed()
  }
}
