import type { Arrival } from './base-queue.ts'
import { IndexError, ValueError } from './errors.ts'
import { defineHandle } from './handle.ts'
import type { WaitOptions } from './lessee.ts'
import type { Versioned } from './shared-map.ts'
import { SharedObject } from './shared-object.ts'
import { checkRevision } from './stored-values.ts'

/** What became of a list since the last news. */
export interface ListChanges {
  /** That of the list when this was told. */
  readonly revision: number
  /** Items from this index on may be different; those before are as they were. */
  readonly from: number
  /** How many items there are. */
  readonly length: number
}

/** The one name under which a list is reserved: its positions move. */
const WHOLE = ''

/**
 * A list that processes share: Python's `Manager().list()`, with the manners of an array. Every operation happens at
 * once for all.
 *
 * Items are copies: changing what `get` returned changes nothing in the list, `update` does. They are equal if they look
 * the same. A handle stays one: a list can hold maps, queues, or lists. Negative indexes count from the end.
 *
 * @example
 * const list = new SharedList([1, 2, 3])
 * await list.set(0, 100)
 * console.log(await list.slice()) // [ 100, 2, 3 ]
 */
export class SharedList<T = unknown> extends SharedObject<ListChanges> {
  /**
   * @param items what is in it at first
   * @throws EncodeError if one of them cannot travel
   */
  constructor(items?: Iterable<T>)
  /** @internal */
  constructor(items: undefined, arrival: Arrival)
  constructor(items: Iterable<T> = [], arrival?: Arrival) {
    super('shared-list', arrival, { operation: 'extend', values: [...items] }, () => (revision, news) => {
      const [from, length] = news as [number, number]
      return { revision, from, length }
    })
  }

  /** @throws IndexError if there is no such item */
  async get(index: number): Promise<T> {
    const { value, revision } = await this.getVersioned(index)
    if (revision === 0) throw new IndexError(`get: the list has no item ${index}`)
    return value as T
  }

  /** Undefined if there is no such item. */
  async at(index: number): Promise<T | undefined> {
    return (await this.getVersioned(index)).value
  }

  /** The item, and the revision by which `compareAndSet` knows it. */
  async getVersioned(index: number): Promise<Versioned<T>> {
    const { facts, values } = await this.stored.ask('get', [], [checkIndex(index)])
    return { value: values[0] as T | undefined, revision: facts[0] as number }
  }

  /**
   * Replaces an item.
   * @throws IndexError if there is no such item
   * @throws EncodeError if the value cannot travel
   */
  async set(index: number, value: T): Promise<void> {
    await this.stored.ask('set', [value], [checkIndex(index)])
  }

  /** Python's `append`. Returns how many items there are then. */
  async push(...items: T[]): Promise<number> {
    return (await this.stored.ask('extend', items)).facts[0] as number
  }

  /** Adds an item at the end. */
  async append(item: T): Promise<void> {
    await this.push(item)
  }

  /** Appends all of them at once. */
  async extend(items: Iterable<T>): Promise<void> {
    await this.push(...items)
  }

  /** Puts an item before the one at `index`; an index beyond the ends stands for the end. */
  async insert(index: number, item: T): Promise<void> {
    await this.splice(index, 0, item)
  }

  /**
   * Takes an item out, the last unless said otherwise, and returns it.
   * @throws IndexError if there is no such item
   */
  async pop(index = -1): Promise<T> {
    return (await this.stored.ask('pop', [], [checkIndex(index)])).values[0] as T
  }

  /**
   * Takes out the first item that is equal to this.
   * @throws ValueError if there is none
   */
  async remove(item: T): Promise<void> {
    await this.stored.ask('remove', [item])
  }

  /** Takes `count` items out from `start` on, puts others there, and returns those that it took, as of an array. */
  async splice(start: number, count: number, ...items: T[]): Promise<T[]> {
    const { values } = await this.stored.ask('splice', items, [checkIndex(start), checkIndex(count)])
    return [...values] as T[]
  }

  /** Takes all items out. */
  async clear(): Promise<void> {
    await this.splice(0, Number.MAX_SAFE_INTEGER)
  }

  /**
   * The index of the first item that is equal to this, from `start` up to but not including `end`.
   * @throws ValueError if there is none
   */
  async index(item: T, start?: number, end?: number): Promise<number> {
    const index = await this.indexOf(item, start, end)
    if (index < 0) throw new ValueError('index: the list has no such item')
    return index
  }

  /** As `index`, but -1 if there is none. */
  async indexOf(item: T, start?: number, end?: number): Promise<number> {
    return (await this.stored.ask('indexOf', [item], [checkBound(start), checkBound(end)])).facts[0] as number
  }

  /** Whether there is an item that is written in the same way: Python's `in`. */
  async includes(item: T): Promise<boolean> {
    return (await this.indexOf(item)) >= 0
  }

  /** How many items are equal to this. */
  async count(item: T): Promise<number> {
    return (await this.stored.ask('count', [item])).facts[0] as number
  }

  /** How many items there are: Python's `len`. */
  async length(): Promise<number> {
    return (await this.stored.ask('length')).facts[0] as number
  }

  /** An array of its own of the items from `start` up to but not including `end`, of one moment. */
  async slice(start?: number, end?: number): Promise<T[]> {
    return [...(await this.stored.ask('slice', [], [checkBound(start), checkBound(end)])).values] as T[]
  }

  /** An array of these items and others: Python's `list + other`. */
  async concat(items: Iterable<T>): Promise<T[]> {
    return [...(await this.slice()), ...items]
  }

  /** Repeats the items in place: Python's `list *= times`. */
  async imul(times: number): Promise<void> {
    await this.stored.ask('repeat', [], [checkIndex(times)])
  }

  /** Turns the order around, in one step. */
  async reverse(): Promise<void> {
    await this.stored.ask('reverse')
  }

  /**
   * Sorts the items in place, in this process; without `compare`, numbers by their size and all else as arrays do. As with
   * `update`, `compare` may be called for several rounds.
   *
   * @throws TimeoutError after `timeout` ms; the items stay as they are then
   */
  async sort(compare: (a: T, b: T) => number = byDefault, options?: WaitOptions): Promise<void> {
    await this.stored.contend(
      WHOLE,
      async (ticket, deadline) => {
        const { facts, values } = await deadline.during(() => this.stored.ask('slice', [], [null, null]))
        const order = values.map((_, i) => i).sort((a, b) => compare(values[a] as T, values[b] as T))
        deadline.check()
        const { facts: done } = await this.stored.ask('permute', [], [facts[0], order], ticket ?? 0)
        return done[0] === true ? { won: undefined } : undefined
      },
      options,
    )
  }

  /**
   * Replaces an item by what `change` makes of it, and returns that. No change is ever lost: if somebody else has changed
   * the item meanwhile, `change` is called again, with that. After three such failures the list is reserved, and changes
   * by others wait, so `change` must not wait for one of them.
   *
   * @param change may be called several times
   * @throws IndexError if there is no such item
   * @param options until when all of that has to be done; if it is late, the item stays as it is
   * @throws TypeError if `change` returns undefined: it has to return the new item
   * @throws TimeoutError after `timeout` ms
   */
  async update(index: number, change: (item: T) => T | Promise<T>, options?: WaitOptions): Promise<T> {
    return this.stored.contend(
      WHOLE,
      async (ticket, deadline) => {
        const { value, revision } = await deadline.during(() => this.getVersioned(index))
        if (revision === 0) throw new IndexError(`update: the list has no item ${index}`)
        const changed = await deadline.during(() => change(value as T))
        if (changed === undefined)
          throw new TypeError(`update: the function returned undefined for item ${index}: return the new item`)
        deadline.check()
        const { facts } = await this.stored.ask('compareAndSet', [changed], [index, revision], ticket ?? 0)
        return facts[0] === true ? { won: changed } : undefined
      },
      options,
    )
  }

  /** Replaces an item if its revision is still that of `getVersioned`. Returns whether it did. */
  async compareAndSet(index: number, revision: number, value: T): Promise<boolean> {
    const facts = [checkIndex(index), checkRevision(revision)]
    return (await this.stored.ask('compareAndSet', [value], facts)).facts[0] as boolean
  }

  /** Goes through the items as they were when it began. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    yield* await this.slice()
  }
}

function checkIndex(index: number): number {
  if (!Number.isInteger(index)) throw new TypeError(`an index or count must be an integer, not ${index}`)
  return index
}

/** One that is not given is that of the list. */
function checkBound(index: number | undefined): number | null {
  return index === undefined || index === null ? null : checkIndex(index)
}

function byDefault(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const [x, y] = [String(a), String(b)]
  return x < y ? -1 : Number(x > y)
}

defineHandle('shared-list', (context, id) => new SharedList(undefined, { context, id }))
