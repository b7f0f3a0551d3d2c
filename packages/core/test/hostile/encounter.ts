import { Connection } from '../../src/connection.ts'
import type { Connector } from '../../src/connector.ts'
import type { Context } from '../../src/context.ts'
import { EmptyError } from '../../src/errors.ts'
import { Frame } from '../../src/frame.ts'
import { FrameReader } from '../../src/frame-reader.ts'
import { otherEndOf } from '../../src/primitives/create.ts'
import type { Transport, TransportListener } from '../../src/transport.ts'
import type { Town } from './town.ts'

const BOUNDS = { maxsize: 4, maxbytes: 1000 }

/**
 * The other end of a direct way: somebody who sends what he likes. At the hub he behaves, or the way would not be used:
 * that is the accomplice's part, which knows nothing of what is sent here.
 */
export class Wire implements Transport {
  readonly remote = true
  readonly attaches = false
  /** The honest side closed it, or it ended. */
  closed = false
  /** Frames that the honest side sent. */
  readonly frames: Array<{ type: number; body: Uint8Array }> = []
  readonly #reader = new FrameReader(
    (type, bytes, start, end) => this.frames.push({ type, body: bytes.slice(start, end) }) > 0,
  )
  readonly #onClose: () => void
  #listener: TransportListener | undefined

  constructor(onClose: () => void) {
    this.#onClose = onClose
  }

  /** As if these bytes had arrived. */
  says(bytes: Uint8Array): this {
    if (!this.closed) this.#listener!.onBytes(bytes)
    return this
  }

  /** How many frames of that type came from the honest side. */
  heard(name: keyof typeof Frame): number {
    return this.frames.filter(({ type }) => type === Frame[name]).length
  }

  ends(): void {
    if (this.closed) return
    this.closed = true
    this.#listener?.onClose()
    this.#onClose()
  }

  send(batch: readonly Uint8Array[]): boolean {
    for (const chunk of batch) this.#reader.push(chunk)
    return true
  }

  sendSync(batch: readonly Uint8Array[]): void {
    this.send(batch)
  }

  listen(listener: TransportListener): void {
    this.#listener = listener
  }

  close(): void {
    this.ends()
  }

  ref(): void {}
  unref(): void {}
}

/** Two who behave at the hub and have a pipe, and what really is at the other end when they speak without it. */
export class Encounter {
  readonly honest: Connection
  readonly wire: Wire
  readonly #accomplice: Connection
  readonly #town: Town

  private constructor(town: Town, [honest, accomplice]: readonly [Connection, Connection], wire: Wire) {
    this.#town = town
    this.honest = honest
    this.#accomplice = accomplice
    this.wire = wire
  }

  /** The resident of the town meets somebody. */
  static async in(town: Town, accomplice: Context): Promise<Encounter> {
    const blind = new Wire(() => wire.ends())
    const wire: Wire = new Wire(() => blind.ends())
    return new Encounter(town, await meet(town, accomplice, [wire, blind]), wire)
  }

  /** Whether the honest one still uses the wire. */
  async goesOn(): Promise<boolean> {
    const before = this.wire.frames.length
    await this.#town.outcome(this.honest.poll())
    return !this.wire.closed && this.wire.frames.length > before
  }

  /**
   * The wire ends. Tells what the two then receive, up to what they send each other through the hub. Errors count as
   * received, if they are of the message: one cannot receive what does not decode.
   */
  async aftermath(): Promise<{ honest: unknown[]; accomplice: unknown[] }> {
    this.wire.ends()
    await this.#town.clock.settle()
    const afterwards = Promise.all([this.honest.send(END), this.#accomplice.send(END)])
    await this.#town.clock.settle()
    const received = { honest: await this.#drain(this.honest), accomplice: await this.#drain(this.#accomplice) }
    await this.#town.outcome(afterwards)
    return received
  }

  /** Both let go. */
  async parts(): Promise<void> {
    await Promise.all([this.honest.close(), this.#accomplice.close()])
    await this.#town.clock.settle()
  }

  async #drain(connection: Connection): Promise<unknown[]> {
    const received: unknown[] = []
    for (let i = 0; i < 10_000; i++) {
      const message = await this.#town.outcome(connection.recv({ timeout: 0 }))
      if (message === END) return received
      if (message instanceof EmptyError) break
      received.push(message)
    }
    throw new Error(`what was sent through the hub did not arrive, but ${received.length} messages`)
  }
}

const END = 'the end of the encounter'
let count = 0

/** The two ends of a pipe whose holders speak to each other over these transports. */
export async function meet(
  town: Town,
  other: Context,
  [here, there]: readonly [Transport, Transport],
): Promise<[Connection, Connection]> {
  const { hub, clock, resident } = town
  hub.directAfter = 1
  resident.connector = connectorTo(here)
  other.connector = connectorTo(there)
  const id = `encounter ${++count}`
  const options = { ...BOUNDS, readable: true, writable: true }
  const near = new Connection(options, { context: resident, id, pipe: { ...BOUNDS, duplex: true } })
  await clock.settle()
  const far = new Connection(options, { context: other, id: otherEndOf(id) })
  void near.send('through the hub')
  await clock.settle()
  // Once they have left, all goes through the hub.
  hub.directAfter = Number.POSITIVE_INFINITY
  const end = hub.find(id) as { shortcut?: { direct: boolean } } | undefined
  if (end?.shortcut?.direct !== true) throw new Error('they do not speak to each other without the hub')
  return [near, far]
}

export function connectorTo(transport: Transport): Connector {
  const connected = Promise.resolve(transport)
  return {
    offer: async () => ({ address: 'here', transport: connected, cancel: () => {} }),
    accept: () => connected,
  }
}
