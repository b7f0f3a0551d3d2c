import { ProtocolError } from '../errors.ts'
import type { Keeper, Port, Primitive, Reply } from './primitive.ts'
import { CalledPort } from './waiters.ts'

/** What a manager without a process of its own has made: so that all of it can be taken away at once. */
export class ManagerPrimitive implements Primitive {
  readonly #hub: Keeper
  #made = new Set<string>()
  /** At so many, those that are gone are forgotten. */
  #limit = 64

  constructor(hub: Keeper) {
    this.#hub = hub
  }

  connect(): Port {
    return new ManagerPort(this)
  }

  dispose(): void {}

  made(id: string): void {
    this.#made.add(id)
    if (this.#made.size < this.#limit) return
    this.#made = new Set([...this.#made].filter((each) => this.#hub.uses(each) > 0))
    this.#limit = Math.max(64, this.#made.size * 2)
  }

  shutDown(): void {
    for (const id of this.#made) this.#hub.revoke(id)
    this.#made.clear()
  }
}

class ManagerPort extends CalledPort {
  readonly #manager: ManagerPrimitive

  constructor(manager: ManagerPrimitive) {
    super()
    this.#manager = manager
  }

  call(operation: string, [id]: readonly unknown[], reply: Reply): void {
    if (operation === 'made' && typeof id === 'string') this.#manager.made(id)
    else if (operation === 'shutDown') this.#manager.shutDown()
    else throw new ProtocolError(`a manager has no operation ${operation}`)
    reply.done(null)
  }

  cancel(): void {}
  release(): void {}
}
