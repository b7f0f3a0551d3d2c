import { IndexError, ProtocolError, ValueError } from '../errors.ts'
import { EVERYTHING } from './reservations.ts'
import { type Answer, type Deed, integer, SharedState } from './shared-state.ts'
import { type Stored, sameBytes } from './stored.ts'

interface Item {
  readonly value: Stored
  /** That of the list when it was put there: no two items ever had the same. */
  readonly revision: number
}

const NONE: readonly Stored[] = []
/** No longer list is made: a multiplication could ask for one that no memory holds. */
const LONGEST = 2 ** 27

/** Items in order; indexes may be negative, as in Python; items are equal if their bytes are. */
export class SharedListPrimitive extends SharedState {
  #items: Item[] = []

  /** Positions move, so whoever reserves a list reserves it whole. */
  changed({ operation }: Deed): typeof EVERYTHING | undefined {
    switch (operation) {
      case 'get':
      case 'length':
      case 'slice':
      case 'indexOf':
      case 'count':
        return undefined
      default:
        return EVERYTHING
    }
  }

  perform({ operation, args, values }: Deed): Answer {
    switch (operation) {
      case 'get':
        return this.#get(this.#at(integer(args[0])))
      case 'length':
        return facts(this.#items.length)
      case 'slice':
        return this.#slice(...this.#bounds(args))
      case 'indexOf':
        return facts(this.#indexOf(first(values), ...this.#bounds(args)))
      case 'count':
        return facts(this.#items.filter(({ value }) => sameBytes(value.bytes, first(values).bytes)).length)
      case 'set':
        return this.#replace(this.#existing(integer(args[0])), first(values))
      case 'compareAndSet':
        return this.#compareAndSet(integer(args[0]), integer(args[1]), first(values))
      case 'extend':
        return this.#splice(this.#items.length, 0, values)
      case 'splice':
        return this.#splice(this.#bound(args[0], 0), Math.max(0, integer(args[1])), values)
      case 'pop':
        return this.#splice(this.#existing(integer(args[0])), 1, NONE)
      case 'remove':
        return this.#remove(first(values))
      case 'repeat':
        return this.#repeat(integer(args[0]))
      case 'permute':
        return this.#permute(integer(args[0]), args[1])
      case 'reverse':
        this.#items.reverse()
        return this.#changedFrom(0)
      default:
        throw new ProtocolError(`a list has no operation ${operation}`)
    }
  }

  /** The lowest index that was touched. */
  noteIn(news: Set<string>, what: string): void {
    const [lowest] = news
    if (lowest !== undefined && Number(lowest) <= Number(what)) return
    news.clear()
    news.add(what)
  }

  tell([lowest]: Iterable<string> & ReadonlySet<string>): unknown {
    return [Number(lowest), this.#items.length]
  }

  protected *kept(): Iterable<Stored> {
    for (const { value } of this.#items) yield value
  }

  #get(index: number): Answer {
    const item = this.#items[index]
    return { facts: [item?.revision ?? 0], values: item === undefined ? NONE : [item.value] }
  }

  #slice(start: number, end: number): Answer {
    return { facts: [this.revision], values: this.#items.slice(start, end).map(({ value }) => value) }
  }

  #indexOf(wanted: Stored, start: number, end: number): number {
    for (let i = start; i < end; i++) if (sameBytes(this.#items[i]!.value.bytes, wanted.bytes)) return i
    return -1
  }

  #replace(index: number, value: Stored): Answer {
    const old = this.#items[index]!
    this.#items[index] = { value: this.keep(value), revision: this.revision + 1 }
    this.touch(String(index))
    return { facts: [this.revision], values: NONE, leaving: [old.value] }
  }

  #compareAndSet(index: number, revision: number, value: Stored): Answer {
    const at = this.#at(index)
    const item = this.#items[at]
    if (item === undefined || item.revision !== revision)
      return { ...this.#get(at), facts: [false, item?.revision ?? 0] }
    const { leaving } = this.#replace(at, value)
    return { facts: [true, this.revision], values: NONE, leaving: leaving! }
  }

  /** Answers what goes. */
  #splice(start: number, count: number, values: readonly Stored[]): Answer {
    const items = values.map((value) => ({ value: this.keep(value), revision: this.revision + 1 }))
    const tail = this.#items.splice(start)
    const gone = tail.splice(0, count).map(({ value }) => value)
    for (const part of [items, tail]) for (const item of part) this.#items.push(item)
    this.touch(String(start))
    return { facts: [this.#items.length], values: gone, leaving: gone }
  }

  #remove(value: Stored): Answer {
    const index = this.#indexOf(value, 0, this.#items.length)
    if (index < 0) throw new ValueError('remove: the list has no such item')
    return { ...this.#splice(index, 1, NONE), values: NONE }
  }

  #repeat(times: number): Answer {
    if (this.#items.length * times > LONGEST) throw new ValueError(`a list is at most ${LONGEST} items long`)
    const once = this.#items.map(({ value }) => value)
    if (times <= 0) return { ...this.#splice(0, once.length, NONE), values: NONE }
    const more: Stored[] = []
    for (let i = 1; i < times; i++) for (const value of once) more.push(value)
    return this.#splice(once.length, 0, more)
  }

  /** The item that is to be first, second, ...; false if the list is not the one of which that was said. */
  #permute(revision: number, order: unknown): Answer {
    if (revision !== this.revision) return facts(false)
    const items = this.#items
    if (!Array.isArray(order) || order.length !== items.length || new Set(order).size !== items.length)
      throw new ProtocolError('not an order of the items')
    const sorted = order.map((place) => items[integer(place)] ?? fail('no such item'))
    this.#items = sorted
    this.#changedFrom(0)
    return facts(true)
  }

  #changedFrom(index: number): Answer {
    this.touch(String(index))
    return facts(this.revision)
  }

  /** Negative ones count from the end. */
  #at(index: number): number {
    return index < 0 ? index + this.#items.length : index
  }

  /** @throws IndexError */
  #existing(index: number): number {
    const at = this.#at(index)
    if (at >= 0 && at < this.#items.length) return at
    throw new IndexError(`index ${index} is out of range: the list has ${this.#items.length} items`)
  }

  #bounds([start, end]: readonly unknown[]): [start: number, end: number] {
    return [this.#bound(start, 0), this.#bound(end, this.#items.length)]
  }

  #bound(index: unknown, otherwise: number): number {
    if (index === null || index === undefined) return otherwise
    return Math.min(Math.max(this.#at(integer(index)), 0), this.#items.length)
  }
}

function facts(...facts: unknown[]): Answer {
  return { facts, values: NONE }
}

function first(values: readonly Stored[]): Stored {
  return values[0] ?? fail('a value is missing')
}

function fail(message: string): never {
  throw new ProtocolError(message)
}
