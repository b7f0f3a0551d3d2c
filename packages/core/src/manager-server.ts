import type { Context } from './context.ts'
import type { Abroad } from './handle.ts'
import type { Hub } from './hub.ts'
import { ManagedClasses } from './managed-classes.ts'
import './managed-pool-servant.ts'
import { CLASSES, PUBLISHED, uniquePath } from './manager-connection.ts'
import { SharedMapPrimitive } from './primitives/shared-map.ts'
import { becomeRoot } from './runtime.ts'
import type { Transport } from './transport.ts'

/** The process of a manager, seen from inside: a hub of its own, and whoever connects to it. */
export class ManagerServer {
  readonly #hub: Hub
  readonly #context: Context

  /** Makes this realm the root of a tree that is reached from elsewhere. Call it before anything else. */
  constructor(maxFrame: number) {
    const { hub, context } = becomeRoot(uniquePath(), maxFrame)
    this.#hub = hub!
    // Not that there is one: but whoever connects has a number by that, which the owners of locks in values need.
    this.#hub.shareArena()
    this.#context = context
    this.#hub.add(PUBLISHED, new SharedMapPrimitive(this.#hub))
    this.#hub.add(CLASSES, new ManagedClasses({ hub: this.#hub, context }))
    this.#hub.retain([PUBLISHED, CLASSES])
  }

  /** How others reach this: what is made here tells them. */
  set home(home: Abroad) {
    this.#context.abroad = home
  }

  decode(bytes: Uint8Array): unknown {
    return this.#context.decode(bytes, 0, bytes.length)
  }

  attach(transport: Transport): void {
    this.#hub.attach(transport)
  }

  /** Tells everybody that nothing here can be used any more. */
  shutDown(): void {
    this.#hub.revoke()
    this.#context.turn.flush()
  }
}
