import type { Inbox } from '../inbox.ts'
import type { Turn } from '../turn.ts'
import type { Claims } from './claims.ts'

/** What becomes of the units that a worker was sent. */
export interface UnitConsumer {
  /** Whether it can begin another one now. */
  readonly willing: boolean
  /** It has the claim: `take` decodes the unit, or throws why it cannot. */
  begin(number: number, take: () => unknown): void
  /** Nothing more will come. */
  ended(): void
}

/**
 * The units that come to a worker, in order: each is claimed before it is looked at, and those that were taken back are
 * passed over.
 *
 * A claim is offered before its unit is sent. So where there is none, all that is in hand was taken back; and where there
 * is one, so was all ahead of its unit.
 */
export class UnitStream {
  readonly #inbox: Inbox
  readonly #claims: Claims | undefined
  readonly #turn: Turn
  readonly #consumer: UnitConsumer
  /** The number of the unit that is next in hand, less one. */
  #passed = 0
  /** The claim in hand; 0: none. */
  #claimed = 0
  #waiting = false
  #pumping = false
  #over = false

  constructor(inbox: Inbox, claims: Claims | undefined, turn: Turn, consumer: UnitConsumer) {
    this.#inbox = inbox
    this.#claims = claims
    this.#turn = turn
    this.#consumer = consumer
  }

  /** Begins what can be begun. Call it whenever the consumer becomes willing. */
  pump(): void {
    // What was begun may be done at once, and this be called for it.
    if (this.#pumping) return
    this.#pumping = true
    try {
      while (this.#consumer.willing && !this.#waiting && !this.#over) this.#step()
    } finally {
      this.#pumping = false
    }
  }

  #step(): void {
    if (!this.#inbox.items.ready()) return this.#wait()
    if (this.#claimed === 0) this.#claimed = this.#claim()
    if (this.#claimed > this.#passed + 1) this.#skip(this.#claimed - this.#passed - 1)
    else if (this.#claimed === 0) this.#skip(this.#inbox.items.tokens)
    else this.#begin()
  }

  /** Without claims, whatever comes is to be begun. */
  #claim(): number {
    return this.#claims === undefined ? this.#passed + 1 : this.#claims.take()
  }

  #begin(): void {
    this.#claimed = 0
    this.#passed++
    this.#inbox.items.spend()
    this.#consumer.begin(this.#passed, this.#inbox.take)
  }

  #skip(count: number): void {
    for (let left = Math.min(count, this.#inbox.items.tokens); left > 0; left--) {
      this.#inbox.items.spend()
      this.#passed++
      this.#inbox.skip()
    }
  }

  #wait(): void {
    const refusal = this.#inbox.refusal()
    if (refusal !== undefined) return this.#end()
    this.#waiting = true
    const serve = () => {
      this.#waiting = false
      this.pump()
    }
    // There is something, but this turn has lasted long enough.
    if (this.#inbox.items.tokens > 0) this.#turn.next(serve)
    else this.#inbox.items.peek({ serve, expire: serve, fail: () => this.#end() }, undefined)
  }

  #end(): void {
    this.#over = true
    this.#consumer.ended()
  }
}
