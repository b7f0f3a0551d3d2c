import { Subscriber, type TeardownLogic } from 'rxjs'
import { publisher } from './publication.ts'

/** Whoever counts the items that are under way. */
export interface InnerOwner {
  /** How many items have arrived in all. */
  readonly arrivals: number
  /** The item in one has arrived. */
  innerGave(): void
  /** Something has arrived from one beside the item that was in it. */
  innerGaveMore(): void
  /** One has ended; `empty`: of the item in it nothing has come. */
  innerEnded(empty: boolean): void
  /** One is there for an item that waited in the operator: false if none did, as far as is known. */
  innerFollows(): boolean
}

/** Where the results of inner subscriptions go: how many are open there, and how many ever were. */
interface Place {
  open: number
  most: number
  /** Whose inner subscriptions they are; undefined: of whatever a source calls itself. */
  readonly operator: Subscriber<unknown> | undefined
}

/** What its subscriber knows it by. */
const INNER = Symbol('inner')

/** What an item enters an operator by. */
interface Entered {
  _next(value: unknown): void
}

interface Tracked extends Subscriber<unknown> {
  [INNER]?: Inner
}

function callByInner(this: Tracked, value: unknown): void {
  this[INNER]!.call(value)
}

/** The one that is calling its operator. */
let calling: Inner | undefined

/** What an operator such as `mergeMap` subscribes to for an item: that is in it, until something comes of it or it ends. */
export class Inner {
  /** An item is in it. */
  holds = false
  /** What comes of it is of an item that was in one. */
  known: boolean
  closed = false
  readonly inners: Inners
  readonly place: Place
  /** How many were open at its place at most before. */
  readonly mostBefore: number
  readonly #subscriber: Subscriber<unknown>

  constructor(inners: Inners, place: Place, subscriber: Subscriber<unknown>) {
    this.inners = inners
    this.known = calling?.inners === inners
    this.place = place
    this.mostBefore = place.most
    this.#subscriber = subscriber
    ;(subscriber as Tracked)[INNER] = this
    subscriber.next = callByInner
    subscriber.add(this)
  }

  /** Its subscriber is done with. */
  unsubscribe(): void {
    this.closed = true
    this.inners.ended(this)
  }

  /** It is a subscription like any other. */
  leave(): void {
    this.closed = true
    this.#subscriber.remove(this)
    this.#subscriber.next = Subscriber.prototype.next
  }

  call(value: unknown): void {
    const { inners } = this
    const { arrivals } = inners
    const outer = calling
    const before = inners.begin()
    calling = this
    try {
      Subscriber.prototype.next.call(this.#subscriber, value)
    } finally {
      calling = outer
      inners.called(this, inners.end(before), inners.arrivals > arrivals)
    }
  }
}

/**
 * The inner subscriptions of the operators between the sources and a stage: an item for which one is open is on its way,
 * and one for which there is none any more was dropped.
 *
 * Each makes itself known to the subscriber that gets its results; these are found by going down from a source to the
 * stage. Where that way leads elsewhere, to a Subject, say, nothing is known of them.
 */
export class Inners {
  /** How many items have entered operators that had inner subscriptions before, those apart that a source calls itself. */
  entries = 0
  readonly #owner: InnerOwner
  readonly #places = new Map<Subscriber<unknown>, Place>()
  readonly #holding = new Set<Inner>()
  /** Those of them that have called since, to no avail: what is in them may be in the store of an operator. */
  readonly #emptied = new Set<Inner>()
  /** The latest that was opened in the present call of a source, or of one of these. */
  #opened: Inner | undefined

  constructor(owner: InnerOwner) {
    this.#owner = owner
  }

  get arrivals(): number {
    return this.#owner.arrivals
  }

  /** How many have an item in them. */
  get holding(): number {
    return this.#holding.size
  }

  /** Whether an operator may keep items for which it has none: it has as many as it ever had. */
  get full(): boolean {
    for (const { open, most } of this.#places.values()) if (open > 0 && open === most) return true
    return false
  }

  /** Whether an operator that has any may keep the item of the call that began when there were so many entries. */
  mayKeep(entries: number): boolean {
    if (this.entries !== entries) return true
    for (const { open, operator } of this.#places.values()) if (open > 0 && operator === undefined) return true
    return false
  }

  /** Looks out for those between that source and the stage. What leads from the one to the other is none of them. */
  lookOut(source: Subscriber<unknown>, stage: Subscriber<unknown>): void {
    const way = wayTo(stage, source)
    for (const each of way) this.#disown(each)
    for (let i = 1; i < way.length; i++)
      if (!this.#places.has(way[i]!)) this.#watch(way[i]!, i === 1 ? undefined : way[i - 1])
  }

  /** Before a source, or one of these, calls; `end` is given what this returns. */
  begin(): Inner | undefined {
    const before = this.#opened
    this.#opened = undefined
    return before
  }

  /** The one that was opened meanwhile and is open. */
  end(before: Inner | undefined): Inner | undefined {
    const opened = this.#opened
    this.#opened = before
    return opened?.closed === false ? opened : undefined
  }

  hold(inner: Inner): void {
    inner.holds = true
    inner.known = true
    this.#holding.add(inner)
  }

  /** One has called its operator: another is open from that, or something has arrived. */
  called(inner: Inner, next: Inner | undefined, arrived: boolean): void {
    // By way of a source within it that did not know whom it feeds.
    if (arrived && inner.holds) {
      this.#drop(inner)
      this.#owner.innerGave()
    }
    if (next === undefined) {
      if (inner.holds) this.#emptied.add(inner)
    } else if (arrived) this.#follow(next)
    else if (inner.holds) this.#pass(inner, next)
    // What the first was opened for will be in the next.
    else this.#opened = next
  }

  #pass(from: Inner, to: Inner): void {
    this.#drop(from)
    this.hold(to)
  }

  /** It is for an item that waited in its operator, and came there from another, perhaps, that is still open. */
  #follow(inner: Inner): void {
    if (this.#owner.innerFollows()) return this.hold(inner)
    const [from] = this.#emptied
    if (from !== undefined) this.#pass(from, inner)
  }

  /** Something has arrived: whether it is from one that is calling, and so the item in it, or more of one that was. */
  arrived(): boolean {
    if (calling?.inners !== this || !calling.known) return false
    const { holds } = calling
    this.#drop(calling)
    if (holds) this.#owner.innerGave()
    else this.#owner.innerGaveMore()
    return true
  }

  ended(inner: Inner): void {
    inner.place.open--
    const { holds } = inner
    this.#drop(inner)
    this.#owner.innerEnded(holds)
  }

  /** The items in so many, the oldest, are not waited for any more. */
  giveUp(count: number): void {
    for (const inner of [...this.#holding].slice(0, count)) this.#drop(inner)
  }

  #drop(inner: Inner): void {
    inner.holds = false
    this.#holding.delete(inner)
    this.#emptied.delete(inner)
  }

  #watch(subscriber: Subscriber<unknown>, operator: Subscriber<unknown> | undefined): void {
    const place = { open: 0, most: 0, operator }
    this.#places.set(subscriber, place)
    subscriber.add(() => this.#places.delete(subscriber))
    const add = subscriber.add.bind(subscriber)
    let counted = false
    subscriber.add = (teardown: TeardownLogic) => {
      add(teardown)
      if (teardown instanceof Subscriber && !teardown.closed) {
        if (operator !== undefined && !counted) this.#countEntries(operator)
        counted = true
        this.#open(teardown, place)
      }
    }
  }

  #countEntries(operator: Subscriber<unknown>): void {
    const entered = operator as unknown as Entered
    const next = entered._next
    entered._next = (value) => {
      this.entries++
      next.call(operator, value)
    }
  }

  #open(subscriber: Subscriber<unknown>, place: Place): void {
    const inner = new Inner(this, place, subscriber)
    place.most = Math.max(place.most, ++place.open)
    this.#opened = inner
    const called = calling?.inners === this || publisher()?.supply !== undefined
    if (!called) this.#follow(inner)
  }

  /** That subscriber leads from a source to the stage: what comes by it is that source's. */
  #disown(subscriber: Subscriber<unknown>): void {
    const inner = (subscriber as Tracked)[INNER]
    if (inner === undefined || inner.inners !== this || inner.closed) return
    if (this.#opened === inner) this.#opened = undefined
    inner.leave()
    inner.place.most = inner.mostBefore
    this.ended(inner)
  }
}

/** The subscribers from that one to the stage, each the destination of the one before; none if they lead elsewhere. */
export function wayTo(stage: Subscriber<unknown>, from: Subscriber<unknown>): Array<Subscriber<unknown>> {
  const way: Array<Subscriber<unknown>> = []
  for (let each: unknown = from; each instanceof Subscriber; each = destinationOf(each)) {
    way.push(each)
    if (each === stage) return way
  }
  return []
}

/** RxJS has no public word for it. */
function destinationOf(subscriber: Subscriber<unknown>): unknown {
  return (subscriber as unknown as { readonly destination?: unknown }).destination
}
