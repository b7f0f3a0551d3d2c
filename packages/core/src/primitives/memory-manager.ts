import { ProtocolError } from '../errors.ts'
import { managerClosed } from '../revoked.ts'
import type { NameKeeper } from './memory-names.ts'
import type { Port, Primitive, Reply } from './primitive.ts'
import { SharedMemoryPrimitive } from './shared-memory.ts'
import { CalledPort } from './waiters.ts'

/**
 * Keeps blocks of shared memory under their names, though nobody may have them open, until it is shut down, or its only
 * user is gone: then their names are.
 */
export class MemoryManagerPrimitive implements Primitive {
  readonly #hub: NameKeeper
  readonly #kept = new Set<string>()
  #state: 'open' | 'closed' = 'open'

  constructor(hub: NameKeeper) {
    this.#hub = hub
  }

  connect(): Port {
    return new ManagingPort(this)
  }

  dispose(): void {
    this.shutDown()
  }

  keep(id: string, reply: Reply): void {
    const memory = this.#memory(id)
    if (this.#state === 'closed') {
      memory.forgetName()
      return reply.fail(managerClosed())
    }
    if (!this.#kept.has(id)) {
      this.#kept.add(id)
      this.#hub.retain([id])
      memory.keepFor(() => this.#letGo(id))
    }
    reply.done(null)
  }

  shutDown(): void {
    this.#state = 'closed'
    for (const id of [...this.#kept]) this.#memory(id).forgetName()
  }

  /** It was unlinked. */
  #letGo(id: string): void {
    if (this.#kept.delete(id)) this.#hub.forgo([id])
  }

  #memory(id: string): SharedMemoryPrimitive {
    const memory = this.#hub.find(id)
    if (!(memory instanceof SharedMemoryPrimitive)) throw new ProtocolError('no shared memory to keep')
    return memory
  }
}

class ManagingPort extends CalledPort {
  readonly #manager: MemoryManagerPrimitive

  constructor(manager: MemoryManagerPrimitive) {
    super()
    this.#manager = manager
  }

  call(operation: string, [id]: readonly unknown[], reply: Reply): void {
    if (operation === 'keep' && typeof id === 'string') return this.#manager.keep(id, reply)
    if (operation !== 'shutDown') throw new ProtocolError(`a manager of shared memory has no operation ${operation}`)
    this.#manager.shutDown()
    reply.done(null)
  }

  cancel(): void {}
  release(): void {}
}
