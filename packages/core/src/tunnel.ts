import { Frame } from './frame.ts'
import type { Link } from './link.ts'
import type { Transport, TransportListener } from './transport.ts'

/** Longer batches are cut, so that no TUNNEL frame comes near the frame limit, which can be as low as 64 KiB. */
const PIECE = 32 * 1024

/**
 * A transport inside a link: how a context that another child started reaches the hub. What travels in it is in
 * order with everything else on that link, and it ends with the link.
 */
export class Tunnel implements Transport {
  readonly remote = true
  readonly attaches = false
  readonly #link: Link
  readonly #number: number
  readonly #onEnd: () => void
  #listener: TransportListener | undefined
  #state: 'open' | 'closed' = 'open'

  constructor(link: Link, number: number, onEnd: () => void) {
    this.#link = link
    this.#number = number
    this.#onEnd = onEnd
  }

  listen(listener: TransportListener): void {
    this.#listener = listener
  }

  send(batch: readonly Uint8Array[]): boolean {
    if (this.#state === 'open') sendThrough(this.#link, this.#number, batch)
    return true
  }

  sendSync(batch: readonly Uint8Array[]): void {
    this.send(batch)
  }

  received(bytes: Uint8Array): void {
    if (this.#state === 'open') this.#listener?.onBytes(bytes)
  }

  /** The other end is gone. */
  gone(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#listener?.onClose()
  }

  close(): void {
    if (this.#state === 'closed') return
    this.#link.write().begin(Frame.TUNNEL_END).u32(this.#number)
    this.#onEnd()
    this.gone()
  }

  ref(): void {}
  unref(): void {}
}

export function sendThrough(link: Link, tunnel: number, batch: readonly Uint8Array[]): void {
  for (const chunk of batch)
    for (let at = 0; at < chunk.length; at += PIECE)
      link
        .write()
        .begin(Frame.TUNNEL)
        .u32(tunnel)
        .bytes(chunk.subarray(at, at + PIECE))
}
