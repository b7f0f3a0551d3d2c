import { type Observable, Subscriber } from 'rxjs'
import { Deque } from '../deque.ts'
import type { FullError } from '../errors.ts'
import { Demand } from './demand.ts'
import { type Overflow, OverflowWarning, overflowError } from './overflow.ts'

/** Where a stage's items go. */
export interface Reception<T> {
  /** For how many more there is room. */
  room(): number
  accept(item: T): void
  /** Drops the oldest item that nobody has begun, if there is one. */
  dropOldest(): boolean
  /**
   * Where others know whether there is room, which was not asked for so far: takes the item unless there is none. Resolves
   * when that is known, with what says that there is none.
   */
  offer?(item: T): Promise<FullError | undefined>
  /** Nothing more comes. */
  complete(): void
  error(error: unknown): void
}

/**
 * Where items enter a stage: those that wait for its demand find room, and those that do not are dealt with as its overflow
 * policy says.
 */
export class Intake<T> {
  readonly #reception: Reception<T>
  readonly #demand: Demand
  readonly #name: string
  readonly #maxsize: number
  readonly #overflow: Overflow
  readonly #warning: OverflowWarning
  /** What came when there was no room. */
  readonly #surplus = new Deque<T>()
  readonly #receiver: Receiver<T>
  #state: 'open' | 'completing' | 'over' = 'open'
  #looking = false
  /** So many were offered of which it is not known yet whether they have room. */
  #offered = 0

  constructor(name: string, maxsize: number, overflow: Overflow, reception: Reception<T>) {
    this.#name = name
    this.#maxsize = maxsize
    this.#overflow = overflow
    this.#reception = reception
    this.#warning = new OverflowWarning(name, maxsize)
    this.#receiver = new Receiver<T>({
      next: (item) => this.#next(item),
      error: (error) => this.#end(() => this.#reception.error(error)),
      complete: () => this.#complete(),
    })
    this.#demand = new Demand(maxsize, () => (this.#surplus.length > 0 ? 0 : reception.room()))
  }

  open(source: Observable<T>): void {
    if (this.#state !== 'over') this.#demand.subscribe(source, this.#receiver)
  }

  /** There may be room again. */
  released(): void {
    while (this.#surplus.length > 0 && this.#reception.room() > 0) this.#reception.accept(this.#surplus.shift() as T)
    if (this.#surplus.length > 0) return
    if (this.#state === 'completing' && this.#offered > 0) return
    if (this.#state === 'completing') this.#end(() => this.#reception.complete())
    else this.#demand.changed()
  }

  /** Nothing more is wanted. */
  close(): void {
    this.#state = 'over'
    this.#receiver.unsubscribe()
    this.#surplus.clear()
    this.#demand.end()
  }

  #next(item: T): void {
    if (this.#state === 'over') return
    if (this.#demand.arrived()) this.#lookLater()
    if (this.#surplus.length === 0 && this.#reception.room() > 0) this.#reception.accept(item)
    else this.#spill(item)
  }

  /** What came late has left its place to another, and there may have come more: not in the midst of the operator's call. */
  #lookLater(): void {
    if (this.#looking) return
    this.#looking = true
    queueMicrotask(() => {
      this.#looking = false
      if (this.#state === 'open') this.#demand.changed()
    })
  }

  #spill(item: T): void {
    if (this.#overflow === 'buffer') {
      this.#surplus.push(item)
      return this.#warning.buffered(this.#surplus.length)
    }
    const { offer } = this.#reception
    if (offer === undefined || this.#surplus.length > 0)
      return this.#tooMany(item, this.#overflow, () => overflowError(this.#name, this.#maxsize, item))
    const policy = this.#overflow
    this.#offered++
    void offer(item).then((full) => {
      this.#offered--
      if (this.#state === 'over') return
      if (full !== undefined) this.#tooMany(item, policy, () => full)
      // What waits now has to be told of room; and the end may have waited for this.
      this.released()
    })
  }

  #tooMany(item: T, policy: Exclude<Overflow, 'buffer'>, error: () => unknown): void {
    switch (policy) {
      case 'error': {
        const reason = error()
        this.#end(() => this.#reception.error(reason))
        return this.#receiver.unsubscribe()
      }
      case 'drop-oldest':
        return this.#replaceOldest(item)
      case 'drop-newest':
        return
      default:
        return policy satisfies never
    }
  }

  /** Where everything has been begun, the newest waits by itself until another takes its place. */
  #replaceOldest(item: T): void {
    if (this.#surplus.length === 0 && this.#reception.dropOldest()) return this.#reception.accept(item)
    this.#surplus.clear()
    this.#surplus.push(item)
  }

  #complete(): void {
    if (this.#state !== 'open') return
    if (this.#surplus.length > 0 || this.#offered > 0) this.#state = 'completing'
    else this.#end(() => this.#reception.complete())
  }

  #end(tell: () => void): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    tell()
  }
}

/** Drops the oldest of those that wait, if one does. */
export function dropFirst(items: Deque<unknown>): boolean {
  const any = items.length > 0
  items.shift()
  return any
}

interface Received<T> {
  next(item: T): void
  error(error: unknown): void
  complete(): void
}

/** A subscriber that is there before the source begins, so that it can have enough within that. */
class Receiver<T> extends Subscriber<T> {
  readonly #to: Received<T>

  constructor(to: Received<T>) {
    super()
    this.#to = to
  }

  protected override _next(item: T): void {
    this.#to.next(item)
  }

  protected override _error(error: unknown): void {
    this.#to.error(error)
    this.unsubscribe()
  }

  protected override _complete(): void {
    this.#to.complete()
    this.unsubscribe()
  }
}

declare const queueMicrotask: (run: () => void) => void
