import type { Transport, TransportListener } from './transport.ts'

/** Two ends of a connection inside one context: what one sends, the other has received when `send` returns. */
export function memoryTransports(): [Transport, Transport] {
  const a = new MemoryTransport()
  const b = new MemoryTransport()
  a.other = b
  b.other = a
  return [a, b]
}

class MemoryTransport implements Transport {
  readonly remote = false
  other: MemoryTransport | undefined
  #listener: TransportListener | undefined
  /** Sent before anybody listened. */
  #early: Uint8Array[] = []
  #state: 'open' | 'closed' = 'open'

  listen(listener: TransportListener): void {
    this.#listener = listener
    for (const chunk of this.#early.splice(0)) listener.onBytes(chunk)
  }

  send(batch: readonly Uint8Array[]): boolean {
    if (this.#state === 'open') for (const chunk of batch) this.other?.receive(chunk)
    return true
  }

  sendSync(batch: readonly Uint8Array[]): void {
    this.send(batch)
  }

  receive(chunk: Uint8Array): void {
    if (this.#state === 'closed') return
    if (this.#listener === undefined) this.#early.push(chunk)
    else this.#listener.onBytes(chunk)
  }

  close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#listener?.onClose()
    this.other?.close()
  }

  ref(): void {}
  unref(): void {}
}
