import type { MessagePort } from 'node:worker_threads'
import { isMovable, joined, type Transport, type TransportListener } from '@millrace/core/child'

/** One batch: its bytes, or a list of them and its attachments. */
type Message = ArrayBuffer | readonly [bytes: ArrayBuffer, ...attachments: ArrayBuffer[]]

/**
 * A transport between two threads: every batch is one message, whose buffer changes hands.
 *
 * Chunks are views of slabs in which their writer goes on writing, so it is a copy of them that leaves. What was posted
 * lies in the other thread's port: neither the end of this one nor its termination loses or cuts it.
 *
 * A port does not tell how far behind the other side is; the tokens that its users hold bound what lies in it.
 */
export class ThreadTransport implements Transport {
  readonly remote = true
  readonly attaches = true
  readonly shares = true
  readonly #port: MessagePort
  #loose = false

  constructor(port: MessagePort) {
    this.#port = port
  }

  listen(listener: TransportListener): void {
    this.#port.on('message', (message: Message) => {
      if (message instanceof ArrayBuffer) return listener.onBytes(new Uint8Array(message))
      const [bytes, ...attachments] = message
      listener.onBytes(new Uint8Array(bytes), attachments)
    })
    // To listen is to hold, for Node.
    if (this.#loose) this.#port.unref()
    // The news of the end is behind everything that was sent.
    this.#port.once('close', () => listener.onClose())
  }

  send(batch: readonly Uint8Array[], attachments?: readonly ArrayBuffer[]): boolean {
    if (batch.length === 0) return true
    const bytes = joined(batch)
    if (attachments === undefined) this.#port.postMessage(bytes, [bytes])
    else {
      const message = [bytes, ...attachments]
      this.#port.postMessage(message, message.filter(isMovable))
    }
    return true
  }

  /** A posted message has left. */
  sendSync(batch: readonly Uint8Array[], attachments?: readonly ArrayBuffer[]): void {
    this.send(batch, attachments)
  }

  close(): void {
    this.#port.close()
  }

  ref(): void {
    this.#loose = false
    this.#port.ref()
  }

  unref(): void {
    this.#loose = true
    this.#port.unref()
  }
}
