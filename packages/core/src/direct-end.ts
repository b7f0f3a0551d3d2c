import type { Offer } from './connector.ts'
import { DirectWay, type Traffic } from './direct-way.ts'
import type { ItemRun } from './frame.ts'
import { ACCEPT, BACK, DROP, GO, OFFER, OFFERED, READY, WENT } from './primitives/shortcut.ts'
import type { Transport } from './transport.ts'

/** What a channel does for its direct end. */
export interface DirectOwner extends Traffic {
  tell(operation: string, ...args: unknown[]): void
  /** From now on what is sent goes that way, and what comes comes that way. */
  goes(way: DirectWay): void
  /** Whether it had better come back at once, and because of something that does not fit. */
  readonly turnsBack: 'no' | 'leaving' | 'barred'
}

/**
 * A holder's part in `shortcut.ts`: connects to the other one when the hub says so, and goes that way when it says so.
 */
export class DirectEnd {
  readonly #owner: DirectOwner
  #attempt = 0
  #offer: Offer | undefined
  /** Connected and not yet used. */
  #transport: Transport | undefined
  #way: DirectWay | undefined
  /** Messages that are still to come through the hub. */
  #expected = 0

  constructor(owner: DirectOwner) {
    this.#owner = owner
  }

  /** The way, as long as something may come on it. */
  get way(): DirectWay | undefined {
    return this.#way
  }

  get attempt(): number {
    return this.#attempt
  }

  heard([news, attempt, detail]: readonly unknown[]): void {
    switch (news) {
      case OFFER:
        return this.#begin(attempt, () => this.#makeOffer(attempt as number))
      case ACCEPT:
        return this.#begin(attempt, async () => this.#connect(this.#connector().accept(String(detail))))
      case DROP:
        return this.drop()
      case GO:
        return this.#go(Number(detail))
      case BACK:
        return this.#way?.stop()
    }
  }

  /** What the hub still had comes ahead of what the other side sends. */
  inherit(run: ItemRun): void {
    this.#way!.inherit(run)
    this.#expected -= run.count
    if (this.#expected === 0) this.#open()
  }

  /** Lets a connection go that is not used. */
  drop(): void {
    this.#attempt = 0
    this.#offer?.cancel()
    this.#offer = undefined
    this.#transport?.close()
    this.#transport = undefined
  }

  /** It has left the way. */
  returned(): void {
    this.#way = undefined
  }

  /** The hub is gone. */
  abandon(): void {
    this.drop()
    this.#way?.abandon()
    this.#way = undefined
  }

  #begin(attempt: unknown, connect: () => Promise<void>): void {
    this.drop()
    this.#attempt = Number(attempt)
    connect().catch(() => this.#failed(attempt as number))
  }

  #failed(attempt: number): void {
    if (attempt === this.#attempt) this.#owner.tell(READY, attempt, false)
  }

  #connector() {
    const { connector } = this.#owner.context
    if (connector === undefined) throw new TypeError('this context cannot connect to others')
    return connector
  }

  async #makeOffer(attempt: number): Promise<void> {
    const offer = await this.#connector().offer()
    if (attempt !== this.#attempt) return offer.cancel()
    this.#offer = offer
    this.#owner.tell(OFFERED, attempt, offer.address)
    await this.#connect(offer.transport)
  }

  async #connect(connecting: Promise<Transport>): Promise<void> {
    const attempt = this.#attempt
    const transport = await connecting
    if (attempt !== this.#attempt) return transport.close()
    this.#offer = undefined
    this.#transport = transport
    this.#owner.tell(READY, attempt, true)
  }

  #go(expected: number): void {
    const transport = this.#transport
    if (transport === undefined) return
    this.#transport = undefined
    this.#expected = expected
    // Behind this the hub knows that what is asked of it is asked of it.
    this.#owner.tell(WENT, this.#attempt)
    const way = new DirectWay(this.#owner, transport)
    this.#way = way
    this.#owner.goes(way)
    if (expected === 0) this.#open()
  }

  #open(): void {
    const { turnsBack } = this.#owner
    if (turnsBack === 'barred') this.#way!.leave()
    else if (turnsBack === 'leaving') this.#way!.stop()
    this.#way?.open()
  }
}
