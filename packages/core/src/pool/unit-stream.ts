import type { Inbox } from '../inbox.ts'
import type { Turn } from '../turn.ts'
import type { Claims } from './claims.ts'
import { kindIn } from './words.ts'

/** So many bytes of a unit say of which task it is. */
const HEAD = 8

/**
 * A turn in which units are begun lasts so long, in milliseconds: in a worker nobody waits for the event loop but who has
 * its tasks stopped, and it goes round for each task where those take a millisecond.
 */
const TURN_MS = 4

/** What becomes of the units that a worker was sent. */
export interface UnitConsumer {
  /** Whether it can begin another one now. */
  readonly willing: boolean
  /**
   * It has the claim. Resolves when it can take the unit, where that takes time; until then it takes nothing else.
   * @param kind which task it is of; undefined: it is no unit
   */
  prepare(kind: number | undefined): Promise<unknown> | undefined
  /** It can be taken: `take` decodes the unit, or throws why it cannot. */
  begin(number: number, take: () => unknown): void
  /** Nothing can be begun for now; `goesOn`: but in the next turn. */
  rests(goesOn: boolean): void
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
  readonly #claims: Pick<Claims, 'take'> | undefined
  readonly #turn: Turn
  readonly #consumer: UnitConsumer
  /** The number of the unit that is next in hand, less one. */
  #passed = 0
  /** The claim in hand; 0: none. */
  #claimed = 0
  #waiting = false
  /** It goes on in the next turn. */
  #interrupted = false
  #pumping = false
  #over = false

  constructor(inbox: Inbox, claims: Pick<Claims, 'take'> | undefined, turn: Turn, consumer: UnitConsumer) {
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
    this.#consumer.rests(this.#interrupted)
  }

  #step(): void {
    if (!this.#inbox.items.ready(TURN_MS)) return this.#wait()
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
    const preparing = this.#consumer.prepare(this.#inbox.look(kindIn, HEAD))
    if (preparing === undefined) return this.#take()
    this.#waiting = true
    const prepared = () => {
      this.#waiting = false
      // It is still in hand: the claim is.
      this.#take()
      this.pump()
    }
    preparing.then(prepared, prepared)
  }

  #take(): void {
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
      this.#interrupted = false
      this.pump()
    }
    // There is something, but this turn has lasted long enough.
    this.#interrupted = this.#inbox.items.tokens > 0
    if (this.#interrupted) this.#turn.next(serve)
    else this.#inbox.items.peek({ serve, expire: serve, fail: () => this.#end() }, undefined)
  }

  #end(): void {
    this.#over = true
    this.#consumer.ended()
  }
}
