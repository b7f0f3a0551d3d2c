import { ProtocolError } from '../errors.ts'
import type { Keeper, Outlet } from './primitive.ts'
import type { Run } from './runs.ts'

/** What the holders of an end are told, each with the number of the attempt; what they make of it is in `direct-end.ts`. */
export const OFFER = 'offer'
export const ACCEPT = 'accept'
export const DROP = 'drop'
export const GO = 'go'
export const BACK = 'back'
/** What they call. */
export const OFFERED = 'offered'
export const READY = 'ready'
export const WENT = 'went'
export const LEFT = 'left'
/** Answered when everything that the caller did before has happened here. */
export const SYNC = 'sync'

/** A holder of an end, as far as its way to the other end is concerned. */
export interface Traveller {
  readonly number: 0 | 1
  readonly outlet: Outlet
  readonly receives: boolean
  /** It was sent on its way and does not know it yet, with these: it asks for nothing here. */
  crossing: readonly Run[] | undefined
}

/** What goes one way, as far as it can be carried elsewhere. */
export interface Stretch {
  readonly plain: boolean
  readonly settled: boolean
  pause(): void
  forgetAll(): void
  resume(): void
  surrender(): Run[]
  regain(run: Run): void
}

/** No address is longer: what is passed on must not grow beyond what a frame may hold. */
const LONGEST_ADDRESS = 1024

type Pair = readonly [near: Traveller, far: Traveller]

/** `trying`: the two are connecting; `connected`: they are, but speak through the hub; `settling`: what is lent comes back. */
type State =
  | { readonly phase: 'relay' }
  | { readonly phase: 'trying'; readonly pair: Pair; readonly ready: Set<Traveller>; offered: boolean }
  | { readonly phase: 'connected' | 'settling'; readonly pair: Pair }
  | { readonly phase: 'direct'; readonly away: Set<Traveller> }

/**
 * Lets the two holders of a pipe speak to each other without the hub, while there are just two.
 *
 *     near                     hub                      far
 *      | <--- offer             |                        |
 *      | offered(address) --->  | accept(address) -----> |
 *      | ready --------------->  | <--------------- ready |
 *      |        (what is lent is recalled; nothing is lent)
 *      | <--- go, its messages  | go, its messages ----> |
 *      | went ---------------->  | <---------------- went |
 *      | <======================= direct ==============> |
 *      | what it has not received, left ->  <- the same  |
 *
 * **Invariants** While they are away the hub has nothing of theirs and lends nothing, not to others either: whoever
 * comes waits until both have left their way or died, and then finds every message in its place. Nothing of this waits
 * for user code: only for event loops.
 */
export class Shortcut {
  readonly #hub: Keeper
  readonly #ids: readonly [near: string, far: string]
  readonly #stretches: readonly [toNear: Stretch | undefined, toFar: Stretch | undefined]
  readonly #holders: readonly [Set<Traveller>, Set<Traveller>] = [new Set(), new Set()]
  #state: State = RELAY
  #attempt = 0
  /** Messages since it was last tried. */
  #traffic = 0
  /** With these holders it is of no use. */
  #barred = false

  constructor(
    hub: Keeper,
    ids: readonly [near: string, far: string],
    stretches: readonly [toNear: Stretch | undefined, toFar: Stretch | undefined],
  ) {
    this.#hub = hub
    this.#ids = ids
    this.#stretches = stretches
  }

  joined(holder: Traveller): void {
    this.#holders[holder.number].add(holder)
    this.#changed()
  }

  /** A holder let go or died, and whoever had to learn of that has been told. */
  parted(holder: Traveller): void {
    this.#holders[holder.number].delete(holder)
    // It never knew.
    for (const run of holder.crossing ?? []) this.#stretches[holder.number]?.regain(run)
    this.#arrived(holder)
    this.#changed()
  }

  /** Messages came through here, or something that was lent came back. */
  moved(messages: number): void {
    if (this.#state.phase === 'settling') return this.#goIfSettled()
    this.#traffic += messages
    if (messages === 0 || this.#traffic < this.#hub.directAfter || this.#barred) return
    if (this.#state.phase === 'connected') this.#settle(this.#state.pair)
    else if (this.#state.phase === 'relay') this.#try()
  }

  /** Whoever asks without waiting must not wait for this. */
  impatient(): void {
    if (this.#state.phase !== 'settling') return
    this.#state = { phase: 'connected', pair: this.#state.pair }
    this.#traffic = 0
    this.#resume()
  }

  /** Whether both holders know that they speak to each other: for tests and diagnosis. */
  get direct(): boolean {
    return this.#state.phase === 'direct' && [...this.#state.away].every(({ crossing }) => crossing === undefined)
  }

  /** And knows it. */
  isAway(holder: Traveller): boolean {
    return this.#state.phase === 'direct' && this.#state.away.has(holder) && holder.crossing === undefined
  }

  /** False: there is no such operation. */
  called(holder: Traveller, operation: string, [attempt, detail]: readonly unknown[]): boolean {
    const current = attempt === this.#attempt
    switch (operation) {
      case OFFERED:
        if (current) this.#offered(holder, detail)
        return true
      case READY:
        if (current) this.#ready(holder, detail === true)
        return true
      case WENT:
        holder.crossing = undefined
        return true
      case LEFT:
        if (!current || !this.isAway(holder)) throw new ProtocolError('one has left who was not away')
        if (detail === true) this.#barred = true
        this.#arrived(holder)
        return true
      default:
        return false
    }
  }

  #try(): void {
    const pair = this.#pair()
    if (pair === undefined) return
    this.#traffic = 0
    this.#attempt++
    this.#state = { phase: 'trying', pair, ready: new Set(), offered: false }
    pair[0].outlet.notice([OFFER, this.#attempt])
  }

  /** The two, if each end is held once, by different contexts, and no message leads to it. */
  #pair(): Pair | undefined {
    const [near, ...nears] = this.#holders[0]
    const [far, ...fars] = this.#holders[1]
    if (near === undefined || far === undefined || nears.length + fars.length > 0) return undefined
    if (!near.receives || !far.receives || near.outlet.peer === far.outlet.peer) return undefined
    return this.#ids.every((id) => this.#hub.uses(id) === 1) ? [near, far] : undefined
  }

  /** Once: the other one, told of a second address, would forget the connection that it has said it is ready for. */
  #offered(holder: Traveller, address: unknown): void {
    if (this.#state.phase !== 'trying' || this.#state.offered || holder !== this.#state.pair[0]) return
    this.#state.offered = true
    if (typeof address === 'string' && address.length <= LONGEST_ADDRESS)
      this.#state.pair[1].outlet.notice([ACCEPT, this.#attempt, address])
    else this.#bar()
  }

  #ready(holder: Traveller, ok: boolean): void {
    if (this.#state.phase !== 'trying') return
    if (!ok) return this.#bar()
    if (this.#state.ready.add(holder).size === 2) this.#settle(this.#state.pair)
  }

  #settle(pair: Pair): void {
    this.#state = { phase: 'settling', pair }
    this.#goIfSettled()
  }

  #goIfSettled(): void {
    if (this.#state.phase !== 'settling') return
    const stretches = this.#stretches.filter((each) => each !== undefined)
    // Again and again: what is kept for those who wait may be left over all the same.
    for (const stretch of stretches) stretch.pause()
    if (!stretches.every(({ settled }) => settled)) return
    if (!stretches.every(({ plain }) => plain)) return this.#bar()
    if (this.#pair() === undefined) return this.#drop()
    this.#go(this.#state.pair)
  }

  #go(pair: Pair): void {
    this.#state = { phase: 'direct', away: new Set(pair) }
    for (const stretch of this.#stretches) stretch?.forgetAll()
    for (const holder of pair) {
      const runs = this.#stretches[holder.number]?.surrender() ?? []
      holder.crossing = runs.map((run) => ({ ...run }))
      holder.outlet.notice([GO, this.#attempt, runs.reduce((sum, { count }) => sum + count, 0)])
      for (const run of runs) holder.outlet.items(run, undefined)
    }
  }

  /** Somebody came or went: those who are on their own way have to come back. */
  #changed(): void {
    this.#barred = false
    switch (this.#state.phase) {
      case 'relay':
        return
      case 'direct':
        for (const { outlet } of this.#state.away) outlet.notice([BACK, this.#attempt])
        return
      default:
        return this.#drop()
    }
  }

  #bar(): void {
    this.#drop()
    this.#barred = true
  }

  /** Forgets about a connection that is not used. */
  #drop(): void {
    if (this.#state.phase === 'relay' || this.#state.phase === 'direct') return
    const { phase, pair } = this.#state
    for (const { outlet } of pair) outlet.notice([DROP, this.#attempt])
    this.#state = RELAY
    this.#traffic = 0
    if (phase === 'settling') this.#resume()
  }

  /** Nothing more comes from one who was away. */
  #arrived(holder: Traveller): void {
    if (this.#state.phase !== 'direct' || !this.#state.away.delete(holder)) return
    if (this.#state.away.size > 0) return
    this.#state = RELAY
    this.#traffic = 0
    this.#resume()
  }

  #resume(): void {
    for (const stretch of this.#stretches) stretch?.resume()
  }
}

const RELAY: State = { phase: 'relay' }
