import type { Attachment, Transport, TransportListener } from './transport.ts'

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
  readonly attaches = true
  readonly shares = true
  other: MemoryTransport | undefined
  #listener: TransportListener | undefined
  /** Sent before anybody listened. */
  #early: Array<[chunk: Uint8Array, attachments: readonly Attachment[] | undefined]> = []
  #state: 'open' | 'closed' = 'open'

  listen(listener: TransportListener): void {
    this.#listener = listener
    for (const [chunk, attachments] of this.#early.splice(0)) listener.onBytes(chunk, attachments)
  }

  send(batch: readonly Uint8Array[], attachments?: readonly Attachment[]): boolean {
    let first = attachments
    for (const chunk of batch) {
      if (this.#state === 'open') this.other?.receive(chunk, first)
      first = undefined
    }
    return true
  }

  sendSync(batch: readonly Uint8Array[], attachments?: readonly Attachment[]): void {
    this.send(batch, attachments)
  }

  receive(chunk: Uint8Array, attachments: readonly Attachment[] | undefined): void {
    if (this.#state === 'closed') return
    if (this.#listener === undefined) this.#early.push([chunk, attachments])
    else this.#listener.onBytes(chunk, attachments)
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
