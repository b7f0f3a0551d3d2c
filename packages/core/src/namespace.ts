import type { Arrival } from './base-queue.ts'
import { defineHandle } from './handle.ts'
import type { WaitOptions } from './lessee.ts'
import { SharedMap } from './shared-map.ts'

/**
 * Named values that processes share, each of its own type: Python's `Manager().Namespace()`. It is a `SharedMap` by whose
 * names the types of its values are known; since another context has to be asked, `await ns.get('x')` takes the place of
 * Python's `ns.x`.
 *
 * @example
 * const ns = new Namespace({ x: 0, name: 'a' })
 * await ns.set('x', 10)
 * console.log(await ns.get('x')) // 10
 */
export class Namespace<T extends object = Record<string, unknown>> extends SharedMap<keyof T & string, T[keyof T]> {
  /**
   * @param values what is in it at first: the object's own enumerable properties
   * @throws EncodeError if one of them cannot travel
   */
  constructor(values?: T)
  /** @internal */
  constructor(values: undefined, arrival: Arrival)
  constructor(values?: T, arrival?: Arrival) {
    super(Object.entries(values ?? {}) as Array<[keyof T & string, T[keyof T]]>, arrival, 'namespace')
  }

  override get<Name extends keyof T & string>(name: Name): Promise<T[Name] | undefined> {
    return super.get(name) as Promise<T[Name] | undefined>
  }

  override set<Name extends keyof T & string>(name: Name, value: T[Name]): Promise<void> {
    return super.set(name, value)
  }

  override update<Name extends keyof T & string>(
    name: Name,
    change: (value: T[Name] | undefined) => T[Name] | Promise<T[Name]>,
    options?: WaitOptions,
  ): Promise<T[Name]> {
    return super.update(name, change as never, options) as Promise<T[Name]>
  }

  /** A plain object of its own of all the values, of one moment. */
  async toObject(): Promise<T> {
    return Object.fromEntries(await this.entries()) as T
  }
}

defineHandle('namespace', (context, id) => new Namespace(undefined, { context, id }))
