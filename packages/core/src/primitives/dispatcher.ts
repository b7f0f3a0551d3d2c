import type { Backlog, Source, Unit } from './backlog.ts'

/** How the dispatcher reaches a worker. */
export interface SeatOutlet<U extends Unit> {
  /** Sends the units, the first of which has that number, and offers the claims to them ahead of that. */
  hand(units: readonly U[], first: number): void
  /** Takes the oldest claim that was offered and that the worker has not taken; 0: there is none. */
  takeClaim(): number
  /** Whether the worker has taken the claim of that number. */
  hasBegun(number: number): boolean
  /** Whether the claims had better be renewed, which can be done when none is left. */
  readonly worn: boolean
  renewClaims(): void
}

/** What is handed out ahead of need, besides the one unit that may always be, is to last no longer, in milliseconds. */
const AHEAD_MS = 96
/** The same where not all that waits is alike: what comes for another caller, or is urgent, waits for what is ahead of it. */
const MIXED_AHEAD_MS = 8
/** And is no more than this. */
export const MAX_AHEAD = 512
/** What takes longer, in milliseconds, is not worth handing out ahead of need. */
const LONG_MS = 10
/** Who was not heard of for so long, in milliseconds, had better not keep what he has not begun. */
export const SILENT_MS = 50
/** What will have been begun before it could be elsewhere, in milliseconds, is left where it is. */
const SHORT_MS = 0.2
/** Someone may have to help another one: look again after so many milliseconds. */
const LOOK_AGAIN_MS = 5

/** One worker, as the dispatcher sees it. */
export class Seat<U extends Unit> {
  /** It can begin: those that cannot yet get no more than they will be able to begin at once. */
  up = false
  /** It gets nothing more. */
  closed = false
  /** How many units it was given so far, which is the number of the last. */
  given = 0
  /** How many more it may be given. */
  quota = Number.POSITIVE_INFINITY
  /** When it was last heard of, or got something after it had nothing. */
  heardAt = 0
  /** When it was given something last. */
  givenAt = 0
  /** It did not begin what it could have begun, and was not heard of since: something that is no task must keep it from it. */
  mute = false
  /** It has begun all that it has. */
  sure = false
  /** About how long what it has will take, as far as is known, in milliseconds. */
  load = 0
  /** How many of them cannot be taken back. */
  fixed = 0
  /** The number of the last of those. */
  lastFixed = 0
  /** Units that it has, or is being given. */
  count = 0
  /** It may get something ahead of need, as far as it depends on what does not change while something is handed out. */
  attentive = true
  /** It has used up half of what it had ahead, and gets the rest in one go: a trickle would cost as much as a flood. */
  hungry = true
  /** What it was given and has not answered, by number; the first ones are begun. */
  readonly held = new Map<number, U>()
  /** What it is being given. */
  readonly pending: U[] = []
  readonly outlet: SeatOutlet<U>
  /** How many units it works on side by side. */
  readonly concurrency: number
  /** Whether what it was given can be taken back. */
  readonly claims: boolean

  constructor(outlet: SeatOutlet<U>, concurrency: number, claims: boolean) {
    this.outlet = outlet
    this.concurrency = concurrency
    this.claims = claims
  }

  /** How many of them it cannot have begun, or should not have, if it was heard of lately. */
  get ahead(): number {
    return this.up ? Math.max(0, this.count - this.concurrency) : this.count
  }

  /** How many more it could begin at once. */
  get vacant(): number {
    return Math.max(0, Math.min(this.quota, this.concurrency - this.count))
  }

  get free(): boolean {
    return !this.closed && this.quota > 0 && this.count < this.concurrency && !this.blocked
  }

  /** It has still to begin something that cannot be taken back: so could not be what comes after that. */
  get blocked(): boolean {
    return this.fixed > 0 && this.claims && !this.outlet.hasBegun(this.lastFixed)
  }

  heard(now: number): void {
    this.heardAt = now
    this.mute = false
  }

  /** Until when it need not have begun what it was given. */
  get excusedUntil(): number {
    return Math.max(this.heardAt, this.givenAt) + SILENT_MS
  }

  /** Whether it has that unit, and can have begun it. */
  reached(number: number): boolean {
    let place = 0
    for (const held of this.held.keys()) {
      if (held === number) return this.up && place < this.concurrency
      place++
    }
    return false
  }

  /** It has answered a unit; undefined if it had no such. */
  settle(number: number): U | undefined {
    const unit = this.held.get(number)
    if (unit !== undefined) this.forget(number, unit)
    return unit
  }

  forget(number: number, unit: U): void {
    this.held.delete(number)
    this.count--
    this.load = this.held.size === 0 ? 0 : Math.max(0, this.load - unit.cost)
    if (!unit.portable) this.fixed--
  }
}

/**
 * Decides which worker gets what, and when.
 *
 *     backlog --give--> held by a seat --answered--> settled
 *        ^                   |
 *        +--- taken back ----+   (others have nothing to do, or the worker died before it began)
 *
 * The rules are those of `lease.ts`, but for one: a worker that runs a task may block its event loop, so nothing is
 * *recalled*, which it would have to answer, but taken back, for which the claims see to it that only one of the two
 * has it.
 *
 * **Delegate** To each what it can begin at once. Ahead of need only what is known to be short, as much as lasts some
 * milliseconds, to who was heard of lately. **Take back** as soon as another has nothing to do, from who is silent, and when
 * something comes that may have to go past it: of another caller, or more urgent.
 * **Return** What a dead worker had not begun goes back to its place.
 *
 * Pure but for the time that it is told.
 */
export class Dispatcher<U extends Unit> {
  readonly backlog: Backlog<U>
  readonly seats: Array<Seat<U>> = []
  /** Something came once while something less urgent, or of another caller, was there: that will be so again. */
  #mixed = false
  /** Of what came last. */
  #caller: unknown
  #priority = 0

  constructor(backlog: Backlog<U>) {
    this.backlog = backlog
  }

  /** Something has come: `dispatch` hands it out. */
  add(source: Source<U>): void {
    const { caller, priority } = source
    if (!this.#mixed && (caller !== this.#caller || priority !== this.#priority)) this.#meet(caller, priority)
    this.backlog.add(source)
  }

  /** What is another's than what came before may have to go past that, wherever it is. */
  #meet(caller: unknown, priority: number): void {
    this.#caller = caller
    this.#priority = priority
    this.#mixed = !this.backlog.empty || this.seats.some((seat) => seat.ahead > 0)
    if (this.#mixed) for (const seat of this.seats) this.takeBack(seat)
  }

  join(seat: Seat<U>): void {
    this.seats.push(seat)
  }

  /** The worker is gone: what it had not begun goes back, but for what could only be done there. */
  leave(seat: Seat<U>): { begun: U[]; lost: U[] } {
    const at = this.seats.indexOf(seat)
    if (at >= 0) this.seats.splice(at, 1)
    seat.closed = true
    const lost: U[] = []
    for (let number = seat.outlet.takeClaim(); number > 0; number = seat.outlet.takeClaim()) {
      const unit = seat.settle(number)
      if (unit !== undefined) this.#returned(unit, lost)
    }
    const begun: U[] = []
    for (const unit of seat.held.values()) {
      // Without claims nobody knows exactly; but not more than it works on side by side.
      if (seat.up && (seat.claims || begun.length < seat.concurrency)) begun.push(unit)
      else this.#returned(unit, lost)
    }
    seat.held.clear()
    seat.count = seat.pending.length
    return { begun, lost }
  }

  #returned(unit: U, lost: U[]): void {
    if (unit.portable) this.backlog.restore(unit)
    else lost.push(unit)
  }

  /** Gives that worker a unit that is for it alone: nothing waits there ahead of it that could be done elsewhere. */
  give(seat: Seat<U>, unit: U, now: number): void {
    this.backlog.number(unit)
    this.takeBack(seat)
    this.#give(seat, unit, now)
    this.#hand(seat)
  }

  /**
   * Hands out what can be handed out. Returns in how many milliseconds to look again although nothing may have happened, or
   * 0: a worker that has nothing to do may have to help another one, or one that has yet to be started, if more can be.
   */
  dispatch(now: number, mayGrow = false): number {
    if (mayGrow) for (const seat of this.seats) if (seat.up && this.#isStuck(seat, now)) this.#takeFromSilent(seat)
    this.#handOut(now, mayGrow)
    if (mayGrow && this.seats.some((seat) => seat.up && seat.ahead > 0)) return LOOK_AGAIN_MS
    if (!this.backlog.empty && this.seats.some((seat) => seat.blocked && !seat.closed)) return LOOK_AGAIN_MS
    return this.#someoneIdle && this.backlog.empty ? this.#share(now) : 0
  }

  /** Takes back what that worker has not begun, the oldest `count` of it. */
  takeBack(seat: Seat<U>, count = Number.POSITIVE_INFINITY): number {
    if (!seat.claims || seat.blocked) return 0
    let taken = 0
    for (; taken < count; taken++) {
      const number = seat.outlet.takeClaim()
      if (number === 0) break
      const unit = seat.settle(number)
      if (unit === undefined) continue
      seat.quota++
      this.backlog.restore(unit)
    }
    return taken
  }

  /** Takes back one that a worker holds, and others that it has not begun; false: it was begun. */
  withdraw(seat: Seat<U>, number: number): boolean {
    // It cannot go elsewhere, but it can go nowhere; and nothing is handed to its worker beside it.
    if (seat.claims && seat.fixed === 1 && seat.held.size === 1 && seat.outlet.takeClaim() === number) {
      seat.settle(number)
      seat.quota++
    } else this.takeBack(seat)
    return !seat.held.has(number)
  }

  /** Where there may be more workers soon, nothing is withheld: it would be what they are started for. */
  #handOut(now: number, mayGrow = false): void {
    const workers = this.seats.length
    const most = this.#mixed ? MIXED_AHEAD_MS : AHEAD_MS
    for (const seat of this.seats) {
      seat.hungry = seat.ahead <= MAX_AHEAD / 2 && seat.load <= most / 2
      seat.attentive = this.#isAttentive(seat, now)
    }
    let free = this.#freest()
    // What the silent have not begun is older than what is here.
    if (free !== undefined && this.#reclaim(now)) free = this.#freest()
    for (;;) {
      const seat = free ?? this.#readiest(most)
      if (seat === undefined) break
      const unit = this.backlog.take(workers, free === undefined && !mayGrow)
      if (unit === undefined) break
      // The next unit need not be one that can go to who is busy.
      if (free === undefined ? !mayGoAhead(seat, unit, most) : !mayGo(seat, unit)) {
        this.backlog.putBack(unit)
        break
      }
      // What waits there ahead of it could not be taken back past it.
      if (!unit.portable) this.takeBack(seat)
      this.#give(seat, unit, now)
      // Nobody becomes free by what is given.
      if (free !== undefined) free = this.#freest()
    }
    for (const seat of this.seats) this.#hand(seat)
  }

  /** Whether it can have something that it need not begin at once: it was heard of lately, and could be relieved of it. */
  #isAttentive(seat: Seat<U>, now: number): boolean {
    if (!seat.up || !seat.claims || seat.blocked || seat.mute) return false
    return seat.count === 0 || now - seat.heardAt <= SILENT_MS
  }

  /** The one with the least to do of those who can begin something at once; those that are up and not mute come first. */
  #freest(): Seat<U> | undefined {
    let best: Seat<U> | undefined
    for (const seat of this.seats) {
      // What cannot be taken back waits here until it can be begun at once.
      if (!seat.free || !(seat.up || seat.claims)) continue
      if (best === undefined || isFreer(seat, best)) best = seat
    }
    return best
  }

  /** Whether someone who could begin something at once has nothing. */
  get #someoneIdle(): boolean {
    return this.#freest()?.up === true
  }

  /** The one that runs out first, of those who may get something ahead of need, which is to last `most` milliseconds. */
  #readiest(most: number): Seat<U> | undefined {
    let best: Seat<U> | undefined
    for (const seat of this.seats) {
      if (!seat.attentive || seat.closed || seat.quota <= 0) continue
      const ahead = seat.count - seat.concurrency
      if (ahead > 0 && (!seat.hungry || seat.load >= most || ahead >= MAX_AHEAD)) continue
      if (best === undefined || seat.load < best.load) best = seat
    }
    return best
  }

  #give(seat: Seat<U>, unit: U, now: number): void {
    if (seat.count++ === 0) seat.heardAt = now
    seat.givenAt = now
    seat.sure = false
    seat.pending.push(unit)
    seat.quota--
    unit.cost = unit.estimate ?? 0
    seat.load += unit.cost
    if (unit.portable) return
    seat.fixed++
    seat.lastFixed = Number.POSITIVE_INFINITY
    seat.attentive = false
  }

  #hand(seat: Seat<U>): void {
    const { pending } = seat
    if (pending.length === 0) return
    if (seat.outlet.worn && seat.fixed === 0) {
      this.takeBack(seat)
      seat.outlet.renewClaims()
    }
    const units = pending.splice(0)
    const first = seat.given + 1
    for (const unit of units) {
      seat.held.set(++seat.given, unit)
      if (!unit.portable) seat.lastFixed = seat.given
    }
    seat.outlet.hand(units, first)
  }

  /** Whether somebody had something. */
  #reclaim(now: number): boolean {
    let taken = false
    for (const seat of this.seats) if (this.#isStuck(seat, now) && this.#takeFromSilent(seat)) taken = true
    return taken
  }

  /** False: it has begun all that it has. */
  #takeFromSilent(seat: Seat<U>): boolean {
    if (this.takeBack(seat) === 0) return false
    if (seat.count < seat.concurrency) seat.mute = true
    return true
  }

  /** What it has not begun waits for something that takes long. */
  #isStuck(seat: Seat<U>, now: number): boolean {
    return seat.ahead > 0 && now - seat.heardAt > SILENT_MS
  }

  /** Somebody has nothing to do: gives him half of what the one with the most has not begun. */
  #share(now: number): number {
    let busiest: Seat<U> | undefined
    for (const seat of this.seats)
      if (seat.claims && !seat.blocked && seat.ahead > (busiest?.ahead ?? 0)) busiest = seat
    if (busiest === undefined) return this.#relieve(now)
    // It has still to say how far it has come.
    if (busiest.up && busiest.load > 0 && busiest.load < SHORT_MS && now - busiest.heardAt < SILENT_MS)
      return LOOK_AGAIN_MS
    if (this.takeBack(busiest, Math.ceil(busiest.ahead / 2)) > 0) this.#handOut(now)
    if (!this.#someoneIdle) return 0
    return this.seats.some((seat) => seat.ahead > 0) ? LOOK_AGAIN_MS : this.#relieve(now)
  }

  /** Somebody has nothing to do: gives him what others could have begun at once, and have not for long. */
  #relieve(now: number): number {
    for (const seat of this.seats)
      if (isUnsure(seat) && seat.excusedUntil <= now && !this.#takeFromSilent(seat)) seat.sure = true
    if (!this.backlog.empty) this.#handOut(now)
    if (!this.#someoneIdle) return 0
    let soonest = Number.POSITIVE_INFINITY
    for (const seat of this.seats) if (isUnsure(seat)) soonest = Math.min(soonest, seat.excusedUntil)
    return soonest === Number.POSITIVE_INFINITY ? 0 : Math.max(1, soonest - now)
  }
}

/** Whether it may have something that it could have begun at once, and has not. */
function isUnsure<U extends Unit>(seat: Seat<U>): boolean {
  return !seat.sure && seat.count > 0 && seat.up && seat.claims && !seat.blocked
}

function isFreer<U extends Unit>(one: Seat<U>, other: Seat<U>): boolean {
  if (one.up !== other.up) return one.up
  if (one.mute !== other.mute) return other.mute
  // They take turns: one of them may have come to.
  return one.mute ? one.givenAt < other.givenAt : one.count < other.count
}

/** Whether one that is free may have it: another may be before that one is up, and could not have what stays. */
function mayGo<U extends Unit>(seat: Seat<U>, unit: U): boolean {
  return unit.portable || seat.up
}

/** Whether one that is busy may. */
function mayGoAhead<U extends Unit>(seat: Seat<U>, { portable, estimate }: U, most: number): boolean {
  if (!portable || estimate === undefined || estimate > LONG_MS) return false
  return seat.count <= seat.concurrency || seat.load + estimate <= most
}
