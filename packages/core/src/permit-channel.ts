import type { Channel, Context } from './context.ts'
import { settleWith } from './deferred.ts'
import { type MillraceError, ProtocolError, ValueError } from './errors.ts'
import { Frame } from './frame.ts'
import { Lessee, type LesseeOutlet, type WaitOptions } from './lessee.ts'
import { ABANDONED, FORFEITED, IN_USE, PERMITS, RELEASE, SEEN, WATCH, WATCHES } from './primitives/semaphore.ts'
import { Standing } from './standing.ts'
import { Watches } from './watches.ts'
import { whoIs } from './who-is.ts'

/** What an acquisition makes of a permit, given who died with it, and what it makes, or throws, of waiting in vain. */
export interface Acquisition<T> {
  readonly acquired: (abandonedBy: string | undefined) => T
  readonly expired: () => T
}

/**
 * This context's end of a semaphore or lock: the permits that are delegated to it, and how many of them are in use.
 *
 * **Fast path** `take` and `giveBack`: a count each, no frame, no promise. The first `take` of a permit that the hub takes
 * for idle tells it, and hands that to the kernel before it returns: whoever dies with a permit is known to have had it.
 * What is idle again is reported once, when the turn ends, or before anything else is written.
 *
 * **Invariants** `#known` permits are in use, as the hub will hear from what is written. That is never less than are in use
 * while user code runs, and no more than that once anything else is written.
 *
 * **Cancellation** Whoever gave up takes nothing: a permit that comes all the same goes back at once.
 */
export class PermitChannel implements Channel {
  readonly #standing: Standing
  readonly #context: Context
  readonly #lessee: Lessee
  /** Acquired and not released by users of this context. */
  #used = 0
  #known = 0
  /** So many of those that were in use at the last RECALL are to be given back for good. */
  #wanted = 0
  /** How many of those that are in use were so when this turn began, and which turn that is. */
  #carried = 0
  #turn = 0
  #reporting = false
  /** What the hub was told last may still be in this context: resolves when it has heard. */
  #unheard: Promise<unknown> | undefined
  /** Who died with the permits that are granted next; with those that are next acquired. */
  #announced: string[] = []
  readonly #abandoned: string[] = []
  /** Permits that were in use here and that others released, since the last was acquired. */
  #forfeited = 0
  #operations = 0
  #onIdle: (() => void) | undefined
  readonly #watches = new Watches({
    watch: (ticket, seen) => this.#call(WATCH, ticket, seen ?? null) as Promise<number>,
    cancel: (ticket) => {
      if (this.#standing.lost === undefined) this.#begin(Frame.CANCEL).u32(WATCHES).u32(ticket)
    },
  })

  constructor(context: Context, handle: object, id: string, kind: string, options: object | null) {
    this.#context = context
    this.#standing = new Standing(context, `${kind} ${id}`, 0)
    this.#lessee = new Lessee(this.#outlet(), context.turn, context.clock)
    this.#standing.number = context.open(this, handle, id, kind, options, whoIs(context))
  }

  get name(): string {
    return this.#standing.name
  }

  get closed(): boolean {
    return this.#standing.closed
  }

  /** How many permits are in use here. */
  get used(): number {
    return this.#used
  }

  /** Takes a permit if one is at hand with which nobody died; go on once it is `heard`. */
  take(): boolean {
    if (this.#abandoned.length > 0 || !this.#mayTake()) return false
    this.#lessee.borrow()
    this.#use()
    return true
  }

  /** The result, once the hub knows what is in use: mostly at once. */
  heard<T>(result: Promise<T>): Promise<T> {
    return this.#unheard === undefined ? result : this.#unheard.then(() => result)
  }

  /** Takes a permit, or waits for one. Rejects when the signal is aborted, or the channel closed. */
  acquire<T>({ acquired, expired }: Acquisition<T>, options: WaitOptions | undefined): Promise<T> {
    const refusal = this.#standing.refusal()
    if (refusal !== undefined) return Promise.reject(refusal)
    if (options?.signal?.aborted) return Promise.reject(options.signal.reason)
    if (this.#mayTake()) {
      this.#lessee.borrow()
      return new Promise((resolve, reject) => this.#acquired(acquired, resolve, reject))
    }
    return new Promise((resolve, reject) =>
      this.#lessee.wait(
        {
          serve: () => this.#acquired(acquired, resolve, reject),
          expire: () => settleWith(expired, resolve, reject),
          fail: reject,
        },
        options,
      ),
    )
  }

  /** Releases a permit that is in use here; false: none is. */
  giveBack(): boolean {
    if (this.#used === 0) return false
    this.#beginTurn()
    this.#used--
    if (!this.#reporting) {
      this.#reporting = true
      this.#context.reportLater(this)
    }
    if (this.#wanted === 0 || !this.#isOver()) this.#lessee.regain()
    else {
      this.#lessee.tokens++
      this.report()
    }
    return true
  }

  /**
   * Others wait: whether what was released is not to be used again in this turn. It is not if it was in use when the turn
   * began, or it never would be free when a turn ends; nor if somebody waits here, who has lined up behind the others.
   */
  #isOver(): boolean {
    return (this.#carried > 0 && this.#carried-- > 0) || this.#lessee.waiting > 0
  }

  #beginTurn(): void {
    const { count } = this.#context.turn
    if (this.#turn === count) return
    this.#turn = count
    this.#carried = this.#used
  }

  /** Releases a permit that is in use elsewhere, if anywhere. */
  async releaseElsewhere(bounded: boolean): Promise<void> {
    if (bounded && this.#forfeited > 0) {
      this.#forfeited--
      throw new ValueError(`semaphore or lock released too many times: ${this.name} was released by another process`)
    }
    await this.call(RELEASE)
  }

  async call(operation: string, ...args: unknown[]): Promise<unknown> {
    const refusal = this.#standing.refusal()
    if (refusal !== undefined) throw refusal
    return this.#call(operation, ...args)
  }

  /** As `Watches.add`. */
  watch(seen: number | undefined, next: (value: number) => void, over: (error: unknown) => void): () => void {
    const refusal = this.#standing.refusal()
    if (refusal === undefined) return this.#watches.add(seen, next, over)
    over(refusal)
    return () => {}
  }

  /** Whoever waits is refused, and nothing is acquired or released any more; what is in use counts as abandoned. */
  close(): void {
    if (this.#standing.closed) return
    this.#standing.closed = true
    this.#lessee.fail(this.#standing.refusal())
    this.#watches.endAll()
  }

  whenIdle(idle: () => void): void {
    if (this.#operations === 0) idle()
    else this.#onIdle = idle
  }

  release(id: string): void {
    this.#used = this.#known = 0
    if (this.#standing.lost === undefined) this.#context.release(this.#standing.number, id)
  }

  onGrant(_lane: number, count: number): void {
    this.#abandoned.push(...this.#announced)
    this.#announced = []
    this.#lessee.granted(count, 0)
    const left = Math.min(count, this.#lessee.tokens - (this.#known - this.#used))
    if (left <= 0) return
    this.#lessee.tokens -= left
    this.#return(PERMITS, left, 1)
  }

  onDeny(_lane: number, id: number): void {
    this.#lessee.denied(id)
  }

  onRecall(): void {
    this.report()
    const idle = this.#lessee.tokens
    this.#lessee.tokens = 0
    this.#wanted = this.#known
    this.#return(PERMITS, idle, 0)
    this.#lessee.surrendered(idle > 0)
  }

  onNotice(news: unknown): void {
    if (news === 'gone') return this.lost(new ValueError(`${this.name} is gone: nobody held it any more`))
    const [what, ...names] = news as string[]
    if (what === ABANDONED) this.#announced.push(...names)
    else this.#forfeit()
  }

  onItems(): void {
    throw new ProtocolError(`${this.name} has no items`)
  }

  report(): void {
    this.#reporting = false
    const idle = this.#known - this.#used
    if (idle <= 0) return
    this.#known = this.#used
    const back = Math.min(idle, this.#wanted)
    if (back > 0) {
      this.#wanted -= back
      this.#lessee.tokens -= back
      this.#return(IN_USE, back, 1)
    }
    if (idle > back) this.#begin(Frame.ACK).u32(idle - back)
    if (back > 0) this.#lessee.surrendered(false)
  }

  mayReportLater(): boolean {
    return false
  }

  waiting(): string | undefined {
    const { waiting } = this.#lessee
    return waiting > 0 ? `${waiting} acquire() of ${this.name}` : undefined
  }

  waitingPuts(): undefined {
    return undefined
  }

  lost(error: MillraceError): void {
    this.#standing.lost = error
    this.#lessee.fail(error)
  }

  #mayTake(): boolean {
    return !this.#standing.closed && this.#standing.lost === undefined && this.#lessee.ready()
  }

  #acquired<T>(
    acquired: (abandonedBy: string | undefined) => T,
    resolve: (value: T) => void,
    reject: (reason: unknown) => void,
  ): void {
    const result = acquired(this.#use())
    if (this.#unheard === undefined) resolve(result)
    else this.#unheard.then(() => resolve(result), reject)
  }

  /** A permit is in use; returns who died with it. */
  #use(): string | undefined {
    this.#beginTurn()
    this.#used++
    this.#forfeited = 0
    const isAbandoned = this.#abandoned.length > 0
    if (this.#used > this.#known || isAbandoned) this.#tell(isAbandoned ? 1 : 0)
    return isAbandoned ? this.#abandoned.shift() : undefined
  }

  /** Tells the hub what is in use, before anybody acts on it. */
  #tell(told: number): void {
    const context = this.#context
    context.write()
    const count = this.#used - this.#known
    this.#known = this.#used
    this.#begin(Frame.SPENT).u32(PERMITS).u32(count).u32(told).u32(0)
    if (context.link.local) return
    context.turn.flush(true)
    if (context.link.hasLeft) this.#unheard = undefined
    else this.#hear()
  }

  /** The other side is behind: what was told is not with the kernel yet. */
  #hear(): void {
    const unheard = this.#call(SEEN)
    const heard = () => {
      if (this.#unheard === unheard) this.#unheard = undefined
    }
    this.#unheard = unheard
    unheard.then(heard, heard)
  }

  /** Another process releases a permit that is in use here. */
  #forfeit(): void {
    const did = this.giveBack()
    if (did) this.#forfeited++
    this.report()
    this.#call(FORFEITED, did).catch(() => {})
  }

  #return(lane: number, count: number, cost: number): void {
    const untold = Math.max(0, this.#abandoned.length - this.#lessee.tokens)
    this.#abandoned.splice(0, untold)
    this.#begin(Frame.RETURN).u32(lane).u32(count).u32(cost).u32(untold)
  }

  async #call(operation: string, ...args: unknown[]): Promise<unknown> {
    this.#pending(1)
    try {
      return await this.#context.call(this.#standing.number, operation, ...args)
    } finally {
      this.#pending(-1)
    }
  }

  #begin(type: number) {
    return this.#context.begin(type).u32(this.#standing.number)
  }

  #pending(change: 1 | -1): void {
    this.#operations += change
    if (this.#operations === 0 && this.#onIdle !== undefined) void DONE.then(() => this.#becomeIdle())
  }

  #becomeIdle(): void {
    if (this.#operations > 0) return
    const idle = this.#onIdle
    this.#onIdle = undefined
    idle?.()
  }

  #outlet(): LesseeOutlet {
    return {
      ask: (id, cost, nowait) =>
        void this.#begin(Frame.ASK)
          .u32(PERMITS)
          .u32(id)
          .u32(cost)
          .u32(nowait ? 1 : 0)
          .u32(0),
      cancel: (id) => void this.#begin(Frame.CANCEL).u32(PERMITS).u32(id),
      giveBack: () => {},
      fits: () => true,
      giveBackOldest: () => 0,
      pending: (change) => {
        this.#context.pending(change)
        this.#pending(change)
      },
    }
  }
}

const DONE = Promise.resolve()
