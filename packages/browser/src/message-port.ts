import { isMovable, joined, type Transport, type TransportListener } from '@millrace/core/internal'
import type { Word } from './words.ts'

/** Says that nothing more will come. */
const CLOSED = null

/** A batch in one buffer; or that and its attachments, in order. */
type Batch = ArrayBuffer | readonly [batch: ArrayBuffer, ...attachments: ArrayBuffer[]]

/** Whoever made the transport. */
export interface Beside {
  /** The other side is a part of this program, as far as the browser is concerned, so that they may share memory. */
  readonly shares?: boolean
  /** What came beside the batches, in order with them. */
  onWord?(word: Word): void
  /** The connection has ended, from whichever side. */
  onClosed?(): void
}

/**
 * A transport over a `MessagePort`: each batch is one message, a new buffer that is handed over and not copied again,
 * and so are its attachments. New, because chunks are views of slabs that their writer goes on using.
 *
 * A port does not tell when the other side is gone: whoever makes the transport finds out and calls `gone`.
 */
export class MessagePortTransport implements Transport {
  readonly remote = true
  readonly attaches = true
  readonly shares: boolean
  readonly #port: MessagePort
  readonly #beside: Beside
  #listener: TransportListener | undefined
  #state: 'open' | 'closed' = 'open'

  constructor(port: MessagePort, beside: Beside = {}) {
    this.#port = port
    this.#beside = beside
    this.shares = beside.shares === true
  }

  listen(listener: TransportListener): void {
    this.#listener = listener
    if (this.#state === 'closed') return queueMicrotask(() => listener.onClose())
    this.#port.addEventListener('message', ({ data }: MessageEvent<Batch | Word | typeof CLOSED>) => {
      if (this.#state === 'closed') return
      if (data instanceof ArrayBuffer) listener.onBytes(new Uint8Array(data))
      else if (isWithAttachments(data)) listener.onBytes(new Uint8Array(data[0]), data.slice(1) as ArrayBuffer[])
      else if (data === CLOSED) this.gone()
      else this.#beside.onWord?.(data)
    })
    // A message that cannot be read is a gap in the stream.
    this.#port.addEventListener('messageerror', () => this.close())
    this.#port.start()
  }

  /** There is no way to know whether the other side is behind; what it may be sent is bounded by its tokens. */
  send(batch: readonly Uint8Array[], attachments: readonly ArrayBuffer[] = []): boolean {
    if (this.#state === 'closed' || batch.length === 0) return true
    const buffers = [joined(batch), ...attachments]
    this.#port.postMessage(attachments.length === 0 ? buffers[0] : buffers, buffers.filter(isMovable))
    return true
  }

  /** A message that was posted arrives, even if this side ends at once. */
  sendSync(batch: readonly Uint8Array[], attachments?: readonly ArrayBuffer[]): void {
    this.send(batch, attachments)
  }

  /** Sends a word; it arrives after everything that was sent before. */
  say(word: Word): void {
    if (this.#state === 'open') this.#port.postMessage(word)
  }

  /** The other side is gone, and everything that it sent has arrived. */
  gone(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#port.close()
    this.#beside.onClosed?.()
    queueMicrotask(() => this.#listener?.onClose())
  }

  close(): void {
    if (this.#state === 'open') this.#port.postMessage(CLOSED)
    this.gone()
  }

  ref(): void {}
  unref(): void {}
}

function isWithAttachments(data: Batch | Word | typeof CLOSED): data is Exclude<Batch, ArrayBuffer> {
  return Array.isArray(data)
}
