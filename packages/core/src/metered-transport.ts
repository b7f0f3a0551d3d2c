import { Deque } from './deque.ts'
import type { Transport, TransportListener } from './transport.ts'

/** What a kernel has to keep, in bytes, of what was sent to one who does not read. */
export const KEPT_UNREAD = 192 * 1024
/** Half of it: there has to be room for one more batch, and the last of its items. */
const FULL = KEPT_UNREAD / 2
/** What a batch takes of that besides its bytes. */
const OVERHEAD = 1024
/** After so many bytes or chunks the other side wants to know that they were read. */
const NEWS_BYTES = 16 * 1024
const NEWS_CHUNKS = 16

interface Batch {
  /** How much had been sent with it, modulo 2^32. */
  readonly upTo: number
  readonly cost: number
}

/**
 * Counts what the kernel keeps for the other side: what was sent and not read there. As long as that is not more than a
 * kernel keeps, nothing of it is lost with its sender.
 */
export class MeteredTransport implements Transport {
  readonly remote: boolean
  readonly attaches = false
  readonly #transport: Transport
  readonly #onFull: (isFull: boolean) => void
  readonly #unread = new Deque<Batch>()
  #cost = 0
  #sent = 0
  #read = 0
  #told = 0
  #chunks = 0
  #isBehind = false

  constructor(transport: Transport, onFull: (isFull: boolean) => void) {
    this.remote = transport.remote
    this.#transport = transport
    this.#onFull = onFull
  }

  /** Something was read here, and the other side does not know it. */
  get hasNews(): boolean {
    return this.#read !== this.#told
  }

  /** So much that it has to be told. */
  get owesNews(): boolean {
    return (this.#read - this.#told) >>> 0 >= NEWS_BYTES || this.#chunks >= NEWS_CHUNKS
  }

  /** How much was read here: to be told now. */
  seen(): number {
    this.#chunks = 0
    this.#told = this.#read
    return this.#read
  }

  /** The other side has told how much was read there. */
  seenThere(upTo: number): void {
    for (let first = this.#unread.peek(); first !== undefined; first = this.#unread.peek()) {
      if (((upTo - first.upTo) | 0) < 0) break
      this.#unread.shift()
      this.#cost -= first.cost
    }
    if (this.#cost < FULL) this.#onFull(false)
  }

  listen(listener: TransportListener): void {
    this.#transport.listen({
      onBytes: (chunk) => {
        this.#read = (this.#read + chunk.length) >>> 0
        this.#chunks++
        listener.onBytes(chunk)
      },
      onDrain: () => listener.onDrain(),
      onClose: () => listener.onClose(),
    })
    // The news may have come while nobody listened.
    if (this.#isBehind) listener.onDrain()
  }

  send(batch: readonly Uint8Array[]): boolean {
    this.#count(batch)
    this.#isBehind = !this.#transport.send(batch)
    return !this.#isBehind
  }

  sendSync(batch: readonly Uint8Array[]): void {
    this.#transport.sendSync(batch)
  }

  close(): void {
    this.#transport.close()
  }

  ref(): void {
    this.#transport.ref()
  }

  unref(): void {
    this.#transport.unref()
  }

  #count(batch: readonly Uint8Array[]): void {
    let cost = OVERHEAD
    for (const chunk of batch) cost += chunk.length
    this.#sent = (this.#sent + cost - OVERHEAD) >>> 0
    this.#cost += cost
    this.#unread.push({ upTo: this.#sent, cost })
    if (this.#cost >= FULL) this.#onFull(true)
  }
}
