import { CallChannel } from './call-channel.ts'
import { Context } from './context.ts'
import { DisconnectedError, ManagerDiedError } from './errors.ts'
import { keepForeign, leadsAbroad } from './foreign-refs.ts'
import { type Abroad, defineHandle, MANAGED } from './handle.ts'
import { PendingTransport } from './pending-transport.ts'
import { managers } from './platform.ts'
import { FOREIGN, holdForeignBy } from './primitives/foreign.ts'
import { runtime } from './runtime.ts'
import { SharedMap } from './shared-map.ts'
import { StoredValues } from './stored-values.ts'

/** By what everybody knows the map of what is published, in the hub of each manager's process. */
export const PUBLISHED = 'published'

/** By what everybody knows the maker of objects there. */
export const CLASSES = 'classes'

/** How the process of a manager ended, where somebody knows. */
export interface Ending {
  readonly exitCode: number | null
  readonly signal: string | null
}

/**
 * This context's link to the process of a manager: a context of its own at that hub, since what is done there is done in
 * another order than what is done in the program's own.
 */
export class ManagerConnection {
  #classes: StoredValues | undefined
  readonly home: Abroad
  readonly context: Context
  readonly published: SharedMap<string, unknown>
  /** Settled when both sides have proved that they know the key, or it is over. */
  readonly ready: Promise<unknown>
  /** Set by who started the process. */
  ending: Promise<Ending> | undefined

  constructor(home: Abroad) {
    const here = runtime().context
    const connection = managers().connect(home.address, home.authKey)
    const transport = new PendingTransport(connection, (error) => void this.#ended(error))
    this.home = home
    this.ready = connection
    connection.catch(() => {})
    this.context = new Context(uniquePath(), transport, here.turn, here.clock, here.maxFrame)
    this.context.abroad = home
    leadsAbroad(this)
    this.context.whileBusy((busy) => (busy ? transport.ref() : transport.unref()))
    this.published = new SharedMap<string, unknown>(undefined, { context: this.context, id: PUBLISHED })
    // Whoever exits has sent what it wrote.
    this.context.onLost = here.addSideLink(this.context)
  }

  /** What makes instances of the registered classes there. */
  get classes(): StoredValues {
    this.#classes ??= new StoredValues(this.context, new CallChannel(this.context, this, CLASSES, 'classes', null))
    return this.#classes
  }

  /** Settles when the manager has heard of all that was done here so far, or is gone. */
  async reached(): Promise<void> {
    await this.published.size().catch(() => {})
  }

  /** Ends it: what is pending, and all that follows, is refused with that error. */
  close(error: DisconnectedError): void {
    this.context.link.close(error)
  }

  async #ended(error: unknown): Promise<void> {
    const { address } = this.home
    // It said so before it went.
    const said = this.published.refusal
    if (said instanceof DisconnectedError) return this.close(said)
    if (error instanceof DisconnectedError) return this.close(error)
    const how = (await this.ending) ?? { exitCode: null, signal: null }
    const what =
      how.signal === null
        ? how.exitCode === null
          ? 'is gone'
          : `exited with code ${how.exitCode}`
        : `was killed by ${how.signal}`
    this.close(
      new ManagerDiedError(`the process of the manager at ${address} ${what}, and what it kept with it`, how, {
        cause: error,
      }),
    )
  }
}

const connections = new Map<string, ManagerConnection>()

/** The connection of this context to that manager: the one that there is, or a new one. */
export function connectionTo(home: Abroad): ManagerConnection {
  const known = connections.get(home.address)
  if (known !== undefined && !known.context.link.closed && sameKey(known.home.authKey, home.authKey)) return known
  const connection = new ManagerConnection(home)
  connections.set(home.address, connection)
  return connection
}

/** In the process of a manager, its own handles lead to its own hub. */
export function isHome(address: string): boolean {
  return runtime().context.abroad?.address === address
}

/** As an id's beginning it tells that the id is of no tree, but of the one context that chose it. */
export function uniquePath(): string {
  const random = crypto.getRandomValues(new Uint8Array(12))
  return `@${Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

declare const crypto: { getRandomValues(bytes: Uint8Array): Uint8Array }

function sameKey(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

defineHandle(MANAGED, (context, id, options) => {
  const { address, authKey, kind, options: own } = options as Abroad & { kind: string; options: unknown }
  if (isHome(address)) return runtime().context.handle(kind, id, own)
  const connection = connectionTo({ address, authKey })
  const known = connection.context.known(id)
  if (known !== undefined) return known
  const handle = connection.context.handle(kind, id, own)
  if (context.abroad === undefined) keepForeign(id, context, connection.reached())
  return handle
})

holdForeignBy((id, home) => {
  const connection = connectionTo(home)
  const channel = new CallChannel(connection.context, undefined, id, FOREIGN, null)
  const end = () => {
    channel.close()
    channel.whenIdle(() => channel.release(id))
  }
  return { established: connection.reached(), end }
})
