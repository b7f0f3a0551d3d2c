import { KeyError, ProtocolError } from '../errors.ts'
import { EVERYTHING } from './reservations.ts'
import { type Answer, type Deed, integer, SharedState } from './shared-state.ts'
import { identityOf, type Stored } from './stored.ts'

interface Entry {
  readonly key: Stored
  value: Stored
  /** That of the map when it was last set: no two values ever had the same. */
  revision: number
}

/** So many changed keys are told by name; if there are more, that everything may have changed. */
const MOST_NEWS = 1024
/** Stands among the changed keys for all of them. */
const ALL = '*'
const NONE: readonly Stored[] = []

/**
 * Entries in the order in which their keys came, as in a `Map`; keys are equal if their bytes are.
 *
 * The values of each call and answer are `key, value, key, value, ...`, as far as there are any.
 */
export class SharedMapPrimitive extends SharedState {
  readonly #entries = new Map<string, Entry>()

  changed({ operation, values }: Deed): string | typeof EVERYTHING | undefined {
    switch (operation) {
      case 'get':
      case 'has':
      case 'size':
      case 'keys':
      case 'values':
      case 'entries':
        return undefined
      case 'clear':
      case 'popItem':
      case 'assign':
        return EVERYTHING
      default:
        return identityOf(keyOf(values).bytes)
    }
  }

  perform({ operation, args, values }: Deed): Answer {
    switch (operation) {
      case 'get':
        return this.#get(keyOf(values))
      case 'has':
        return facts(this.#entries.has(identityOf(keyOf(values).bytes)))
      case 'size':
        return facts(this.#entries.size)
      case 'keys':
        return { facts: [this.revision], values: [...this.#entries.values()].map(({ key }) => key) }
      case 'values':
        return { facts: [this.revision], values: [...this.#entries.values()].map(({ value }) => value) }
      case 'entries':
        return { facts: [this.revision], values: [...this.kept()] }
      case 'set':
        return facts(this.#set(keyOf(values), newValueOf(values)))
      case 'assign':
        for (let i = 0; i + 1 < values.length; i += 2) this.#set(values[i]!, values[i + 1]!)
        return facts(this.revision)
      case 'insert':
        return this.#insert(keyOf(values), newValueOf(values))
      case 'compareAndSet':
        return this.#compareAndSet(keyOf(values), integer(args[0]), values[1])
      case 'pop':
        return this.#pop(keyOf(values))
      case 'delete':
        return { ...this.#pop(keyOf(values)), values: NONE }
      case 'popItem':
        return this.#popItem()
      case 'clear':
        return this.#clear()
      default:
        throw new ProtocolError(`a map has no operation ${operation}`)
    }
  }

  noteIn(news: Set<string>, what: string): void {
    if (news.has(ALL)) return
    const many = what === ALL || (news.size === MOST_NEWS && !news.has(what))
    if (many) news.clear()
    news.add(many ? ALL : what)
  }

  /** The changed keys, and whether each is still there; null: all may have changed. */
  tell(news: ReadonlySet<string>): unknown {
    if (news.has(ALL)) return null
    return [...news].map((identity) => [identity, this.#entries.has(identity)])
  }

  protected *kept(): Iterable<Stored> {
    for (const { key, value } of this.#entries.values()) yield* [key, value]
  }

  #get(key: Stored): Answer {
    const entry = this.#entries.get(identityOf(key.bytes))
    return { facts: [entry?.revision ?? 0], values: entry === undefined ? NONE : [entry.value] }
  }

  #set(key: Stored, value: Stored): number {
    const identity = identityOf(key.bytes)
    const entry = this.#entries.get(identity)
    const revision = this.revision + 1
    this.keep(value)
    if (entry === undefined) this.#entries.set(identity, { key: this.keep(key), value, revision })
    else {
      const old = entry.value
      entry.value = value
      entry.revision = revision
      this.drop([old])
    }
    this.touch(identity)
    return revision
  }

  /** Sets it unless it is there; answers what is there then. */
  #insert(key: Stored, value: Stored): Answer {
    const entry = this.#entries.get(identityOf(key.bytes))
    if (entry !== undefined) return { facts: [false, entry.revision], values: [entry.value] }
    return { facts: [true, this.#set(key, value)], values: NONE }
  }

  /** Revision 0: it must not be there. No value: it goes. */
  #compareAndSet(key: Stored, revision: number, value: Stored | undefined): Answer {
    const identity = identityOf(key.bytes)
    const entry = this.#entries.get(identity)
    if ((entry?.revision ?? 0) !== revision)
      return { facts: [false, entry?.revision ?? 0], values: entry === undefined ? NONE : [entry.value] }
    if (value !== undefined) return facts(true, this.#set(key, value))
    if (entry === undefined) return facts(true, 0)
    this.#delete(identity)
    return { facts: [true, 0], values: NONE, leaving: [entry.key, entry.value] }
  }

  #pop(key: Stored): Answer {
    const identity = identityOf(key.bytes)
    const entry = this.#entries.get(identity)
    if (entry === undefined) return facts(false)
    this.#delete(identity)
    return { facts: [true], values: [entry.value], leaving: [entry.key, entry.value] }
  }

  #popItem(): Answer {
    let last: [identity: string, entry: Entry] | undefined
    for (const pair of this.#entries) last = pair
    if (last === undefined) throw new KeyError('popItem: the map is empty')
    const [identity, { key, value }] = last
    this.#delete(identity)
    return { facts: [], values: [key, value], leaving: [key, value] }
  }

  #delete(identity: string): void {
    this.#entries.delete(identity)
    this.touch(identity)
  }

  #clear(): Answer {
    const all = [...this.kept()]
    this.#entries.clear()
    this.touch(ALL)
    return { facts: [this.revision], values: NONE, leaving: all }
  }
}

function facts(...facts: unknown[]): Answer {
  return { facts, values: NONE }
}

function keyOf(values: readonly Stored[]): Stored {
  return values[0] ?? missing()
}

function newValueOf(values: readonly Stored[]): Stored {
  return values[1] ?? missing()
}

function missing(): never {
  throw new ProtocolError('a value is missing')
}
