import { FileNotFoundError, ProtocolError } from '../errors.ts'
import type { Keeper, Primitive, Reply } from './primitive.ts'
import { CalledPort } from './waiters.ts'

/** What a name of a block of shared memory stands for. */
export interface NamedHandle {
  readonly id: string
  /** What every holder has to know of it. */
  readonly options: unknown
}

/** Where names are kept: the hub. */
export interface NameKeeper extends Keeper {
  readonly names: Map<string, NamedHandle>
  find(id: string): Primitive | undefined
}

/** A door to the names: what was found through it stays until it is closed, so that it can be opened. */
export class MemoryNames implements Primitive {
  readonly #hub: NameKeeper

  constructor(hub: NameKeeper) {
    this.#hub = hub
  }

  connect(): CalledPort {
    return new Door(this.#hub)
  }

  dispose(): void {}
}

class Door extends CalledPort {
  readonly #hub: NameKeeper
  readonly #found: string[] = []

  constructor(hub: NameKeeper) {
    super()
    this.#hub = hub
  }

  override call(operation: string, [name]: readonly unknown[], reply: Reply): void {
    if (operation !== 'find' || typeof name !== 'string') throw new ProtocolError('malformed call for a name')
    const handle = this.#hub.names.get(name)
    if (handle === undefined) return reply.fail(unknownName(name))
    this.#hub.retain([handle.id])
    this.#found.push(handle.id)
    reply.done(handle)
  }

  override cancel(): void {}

  override release(): void {
    this.#hub.forgo(this.#found.splice(0))
  }
}

export function unknownName(name: string): FileNotFoundError {
  return new FileNotFoundError(
    `no shared memory has the name ${JSON.stringify(name)}: it was unlinked, or nobody has it open`,
  )
}
