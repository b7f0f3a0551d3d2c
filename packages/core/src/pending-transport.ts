import type { Transport, TransportListener } from './transport.ts'

/** A transport over a connection that is still being made: what is sent meanwhile waits for it. */
export class PendingTransport implements Transport {
  readonly remote = true
  readonly attaches = false
  readonly #early: Uint8Array[] = []
  readonly #ending: (error: unknown) => void
  #transport: Transport | undefined
  #listener: TransportListener | undefined
  #state: 'open' | 'closed' = 'open'
  #referenced = false

  /** @param ending told before whoever listens is told that it is over, and why there never was a connection, if so */
  constructor(connection: Promise<Transport>, ending: (error: unknown) => void) {
    this.#ending = ending
    connection.then(
      (transport) => this.#connected(transport),
      (error) => this.#end(error),
    )
  }

  send(batch: readonly Uint8Array[]): boolean {
    if (this.#transport !== undefined) return this.#transport.send(batch)
    this.#early.push(...batch)
    return true
  }

  sendSync(batch: readonly Uint8Array[]): void {
    this.#transport?.sendSync(batch)
  }

  listen(listener: TransportListener): void {
    this.#listener = listener
  }

  close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#transport?.close()
    this.#listener?.onClose()
  }

  ref(): void {
    this.#referenced = true
    this.#transport?.ref()
  }

  unref(): void {
    this.#referenced = false
    this.#transport?.unref()
  }

  #connected(transport: Transport): void {
    if (this.#state === 'closed') return transport.close()
    this.#transport = transport
    transport.listen({
      onBytes: (chunk) => this.#listener?.onBytes(chunk),
      onDrain: () => this.#listener?.onDrain(),
      onClose: () => this.#end(undefined),
    })
    if (this.#referenced) transport.ref()
    else transport.unref()
    if (this.#early.length > 0) transport.send(this.#early.splice(0))
  }

  #end(error: unknown): void {
    if (this.#state === 'closed') return
    this.#ending(error)
  }
}
