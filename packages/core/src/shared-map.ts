import type { Arrival } from './base-queue.ts'
import { KeyError } from './errors.ts'
import { defineHandle } from './handle.ts'
import type { WaitOptions } from './lessee.ts'
import { checkKey, identityBytes } from './map-key.ts'
import { SharedObject } from './shared-object.ts'
import { checkRevision } from './stored-values.ts'

/** What may be a key: what is equal by what it is, not by which object it is; arrays are Python's tuples. */
export type SharedKey = string | number | bigint | boolean | null | undefined | Date | Uint8Array | readonly SharedKey[]

/** What became of a map since the last news. */
export interface MapChanges<K> {
  /** That of the map when this was told. */
  readonly revision: number
  /** Keys that were set and are there. */
  readonly set: readonly K[]
  /** Keys that are there no more. */
  readonly deleted: readonly K[]
  /** It was cleared, or more than 1,024 keys changed: everything may be different. */
  readonly everything: boolean
}

/** A value and the revision that tells it from all others that its key had. */
export interface Versioned<V> {
  /** Undefined if the key is not there. */
  readonly value: V | undefined
  /** 0 if the key is not there. */
  readonly revision: number
}

/**
 * A map that processes share: Python's `Manager().dict()`, a `Map` in manners. Every operation happens at once for all.
 *
 * Keys stay what they are (a number is no string) and are equal if they look the same. Values are copies: changing what
 * `get` returned changes nothing in the map, `update` does. A handle stays one: a map can hold lists, queues, or maps.
 *
 * @example
 * const map = new SharedMap([['a', 1]])
 * await map.update('a', (n = 0) => n + 1)
 * console.log(await map.get('a')) // 2
 */
export class SharedMap<K extends SharedKey = SharedKey, V = unknown> extends SharedObject<MapChanges<K>> {
  /**
   * @param entries what is in it at first
   * @throws EncodeError if one of them cannot travel
   */
  constructor(entries?: Iterable<readonly [K, V]>)
  /** @internal */
  constructor(entries: Iterable<readonly [K, V]> | undefined, arrival: Arrival | undefined, kind?: string)
  constructor(entries: Iterable<readonly [K, V]> = [], arrival?: Arrival, kind = 'shared-map') {
    const values = [...entries].flatMap(([key, value]) => [checkKey(key), value])
    super(kind, arrival, { operation: 'assign', values }, (context) => (revision, news) => {
      const keys = (news ?? []) as ReadonlyArray<readonly [identity: string, there: boolean]>
      const keysThat = (are: boolean) =>
        keys
          .filter(([, there]) => there === are)
          .map(([identity]) => {
            const bytes = identityBytes(identity)
            return context.decode(bytes, 0, bytes.length) as K
          })
      return { revision, set: keysThat(true), deleted: keysThat(false), everything: news === null }
    })
  }

  /** Undefined if the key is not there: `has` tells. Python's `get`. */
  async get(key: K): Promise<V | undefined> {
    return (await this.stored.ask('get', [checkKey(key)])).values[0] as V | undefined
  }

  /** The value, and the revision by which `compareAndSet` knows it. */
  async getVersioned(key: K): Promise<Versioned<V>> {
    const { facts, values } = await this.stored.ask('get', [checkKey(key)])
    return { value: values[0] as V | undefined, revision: facts[0] as number }
  }

  /** @throws EncodeError if the value cannot travel */
  async set(key: K, value: V): Promise<void> {
    await this.stored.ask('set', [checkKey(key), value])
  }

  /** Sets all of them at once: Python's `update`. */
  async setAll(entries: Iterable<readonly [K, V]>): Promise<void> {
    await this.stored.ask(
      'assign',
      [...entries].flatMap(([key, value]) => [checkKey(key), value]),
    )
  }

  /** Whether there is such a key: Python's `in`. */
  async has(key: K): Promise<boolean> {
    return (await this.stored.ask('has', [checkKey(key)])).facts[0] as boolean
  }

  /** Returns whether it was there. */
  async delete(key: K): Promise<boolean> {
    return (await this.stored.ask('delete', [checkKey(key)])).facts[0] as boolean
  }

  /**
   * Takes a key out and returns its value.
   * @throws KeyError if it is not there and `otherwise` was not given
   */
  async pop(key: K, ...otherwise: [otherwise: V] | []): Promise<V> {
    const { facts, values } = await this.stored.ask('pop', [checkKey(key)])
    if (facts[0] === true) return values[0] as V
    if (otherwise.length > 0) return otherwise[0]!
    throw new KeyError(`pop: the map has no key ${describe(key)}`)
  }

  /**
   * Takes out the entry whose key came last: Python's `popitem`.
   * @throws KeyError if the map is empty
   */
  async popItem(): Promise<[K, V]> {
    const [key, value] = (await this.stored.ask('popItem')).values
    return [key as K, value as V]
  }

  /** Takes all keys out. */
  async clear(): Promise<void> {
    await this.stored.ask('clear')
  }

  /** How many entries there are: Python's `len`. */
  async size(): Promise<number> {
    return (await this.stored.ask('size')).facts[0] as number
  }

  /** All keys, of one moment. */
  async keys(): Promise<K[]> {
    return [...(await this.stored.ask('keys')).values] as K[]
  }

  /** All values, of one moment. */
  async values(): Promise<V[]> {
    return [...(await this.stored.ask('values')).values] as V[]
  }

  /** All entries, of one moment: Python's `items`. */
  async entries(): Promise<Array<[K, V]>> {
    const { values } = await this.stored.ask('entries')
    const entries: Array<[K, V]> = []
    for (let i = 0; i + 1 < values.length; i += 2) entries.push([values[i] as K, values[i + 1] as V])
    return entries
  }

  /** A `Map` of its own, of one moment: Python's `copy`. */
  async copy(): Promise<Map<K, V>> {
    return new Map(await this.entries())
  }

  /** Sets a key unless it is there, and returns what is there then: Python's `setdefault`. */
  async setDefault(key: K, value: V): Promise<V> {
    const { facts, values } = await this.stored.ask('insert', [checkKey(key), value])
    return facts[0] === true ? value : (values[0] as V)
  }

  /**
   * As `setDefault`, but the value is made only if the key is not there. Several processes may make one at once; all of
   * them get the one that came first.
   *
   * @param options until when a value has to be made; if it is late, the key is not set
   * @throws TimeoutError after `timeout` ms
   */
  async getOrInsert(key: K, make: () => V | Promise<V>, options?: WaitOptions): Promise<V> {
    const deadline = this.stored.deadline('getOrInsert', options)
    deadline.check()
    const { facts, values } = await deadline.during(() => this.stored.ask('get', [checkKey(key)]))
    if (facts[0] !== 0) return values[0] as V
    const value = await deadline.during(make)
    deadline.check()
    return this.setDefault(key, value)
  }

  /**
   * Replaces a value by what `change` makes of it, and returns that. No change is ever lost: if somebody else has changed
   * the value meanwhile, `change` is called again, with that. After three such failures the key is reserved, and changes
   * by others wait, so `change` must not wait for one of them.
   *
   * @param change gets undefined if the key is not there; may be called several times
   * @param options until when all of that has to be done; if it is late, the value stays as it is
   * @throws TypeError if `change` returns undefined: it has to return the new value
   * @throws TimeoutError after `timeout` ms
   */
  async update(key: K, change: (value: V | undefined) => V | Promise<V>, options?: WaitOptions): Promise<V> {
    return this.stored.contend(
      this.stored.identityOf(checkKey(key)),
      async (ticket, deadline) => {
        const { value, revision } = await deadline.during(() => this.getVersioned(key))
        const changed = await deadline.during(() => change(value))
        if (changed === undefined)
          throw new TypeError(`update: the function returned undefined for ${describe(key)}: return the new value`)
        deadline.check()
        const { facts } = await this.stored.ask('compareAndSet', [key, changed], [revision], ticket ?? 0)
        return facts[0] === true ? { won: changed } : undefined
      },
      options,
    )
  }

  /**
   * Sets a key if its revision is still that of `getVersioned`; 0: if it is not there. Returns whether it did.
   */
  async compareAndSet(key: K, revision: number, value: V): Promise<boolean> {
    return (await this.stored.ask('compareAndSet', [checkKey(key), value], [checkRevision(revision)]))
      .facts[0] as boolean
  }

  /** Goes through the entries as they were when it began. */
  async *[Symbol.asyncIterator](): AsyncGenerator<[K, V], void, undefined> {
    yield* await this.entries()
  }
}

function describe(key: SharedKey): string {
  return typeof key === 'string' ? JSON.stringify(key) : String(key)
}

defineHandle('shared-map', (context, id) => new SharedMap(undefined, { context, id }))
