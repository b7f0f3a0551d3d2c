import type { Transport } from './transport.ts'

/** How a context connects to another one of the tree without the hub: a seam that a platform may implement. */
export interface Connector {
  /** Waits for one other context. */
  offer(): Promise<Offer>
  /** Connects to where another one waits. */
  accept(address: string): Promise<Transport>
}

export interface Offer {
  /** Only who has been told it can connect. */
  readonly address: string
  /** Rejects if nobody came, or after `cancel`. */
  readonly transport: Promise<Transport>
  cancel(): void
}
