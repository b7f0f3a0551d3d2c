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
 */
export class UnitStream {
  readonly #inbox: Inbox
  readonly #claims: Claims | undefined
  readonly #consumer: UnitConsumer
  readonly #turn: Turn
  /** The number of the unit that is next in hand, less one. */
  #passed = 0
  /** The claim in hand; 0: none. */
  #claimed = 0
  /** What is in hand was taken back: there is no claim to it. */
  #stalled = false
  #waiting = false
  #pumping = false
  #over = false

  constructor(inbox: Inbox, claims: Claims | undefined, turn: Turn, consumer: UnitConsumer) {
    this.#turn = turn
    this.#inbox = inbox
    this.#claims = claims
    this.#consumer = consumer
    inbox.onArrival = () => {
      if (!this.#stalled) return
      this.#stalled = false
      this.pump()
    }
  }

  /** Begins what can be begun. Call it whenever the consumer becomes willing. */
  pump(): void {
    // What was begun may be done at once, and this be called for it.
    if (this.#pumping || this.#waiting) return
    this.#pumping = true
    try {
      while (this.#consumer.willing && !this.#stalled && this.#step());
    } finally {
      this.#pumping = false
    }
  }

  /** False: the next unit is not in hand. */
  #step(): boolean {
    if (!this.#inbox.items.ready()) {
      this.#wait()
      return !this.#waiting && !this.#over
    }
    if (this.#claimed === 0) this.#claimed = this.#claim()
    if (this.#claimed === 0) this.#stalled = true
    else this.#use(this.#claimed)
    return true
  }

  /** Lets go of what was taken back, up to that number. */
  forget(number: number): void {
    const { items } = this.#inbox
    while (this.#passed < number && this.#claimed === 0 && items.ready()) this.#skip()
    if (this.#passed >= number) return
    // The rest is still to come, or there is something to begin after all.
    this.#stalled = false
    this.pump()
  }

  /** Without claims, whatever comes is to be begun. */
  #claim(): number {
    return this.#claims === undefined ? this.#passed + 1 : this.#claims.take()
  }

  #use(number: number): void {
    if (this.#passed + 1 < number) return this.#skip()
    this.#inbox.items.spend()
    this.#passed++
    this.#claimed = 0
    this.#consumer.begin(number, this.#inbox.take)
  }

  #skip(): void {
    this.#inbox.items.spend()
    this.#passed++
    this.#inbox.skip()
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
