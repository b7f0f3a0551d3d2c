import type { Inbox } from '../../src/inbox.ts'
import { type UnitConsumer, UnitStream } from '../../src/pool/unit-stream.ts'
import type { Source, Unit } from '../../src/primitives/backlog.ts'
import { Seat, type SeatOutlet } from '../../src/primitives/dispatcher.ts'
import type { Turn } from '../../src/turn.ts'
import type { Random } from '../random.ts'
import type { Invariant } from './invariants.ts'

/** What a simulated worker needs of the world that it is in. */
export interface Surroundings {
  readonly random: Random
  readonly now: number
  after(ms: number, run: () => void): void
  check(invariant: Invariant, holds: boolean, message: string): void
  answered(worker: SimWorker, number: number): void
  hung(): void
}

/** A unit that is a call of a task: short, of some milliseconds, or long, and not always what it is thought to be. */
export class Job implements Unit, Source<Job> {
  order = 0
  cost = 0
  begun = 0
  /** What became of it, as its owner knows. */
  fate: 'open' | 'done' | 'died' | 'aborted' = 'open'
  /** Which worker has it, and by what number. */
  worker: SimWorker | undefined
  number = 0
  /** Its worker was told to pass it over: it could not be taken back. */
  doomed = false
  readonly name: number
  readonly priority: number
  readonly caller: number
  readonly ms: number
  readonly estimate: number | undefined
  readonly portable: boolean
  #taken = false

  constructor(name: number, random: Random) {
    this.name = name
    this.priority = random.chance(0.1) ? random.between(-1, 1) : 0
    this.caller = random.int(3)
    const kind = random.int(10)
    this.ms = kind < 6 ? random.next() * 0.05 : kind < 9 ? random.next() * 3 : random.next() * 300
    const thought = kind < 6 || random.chance(0.3) ? 0.02 : this.ms
    this.estimate = random.chance(0.3) ? undefined : thought
    this.portable = !random.chance(0.1)
  }

  get ready(): boolean {
    return !this.#taken && this.fate === 'open'
  }

  next(): Job | undefined {
    if (!this.ready) return undefined
    this.#taken = true
    return this
  }

  get held(): boolean {
    return this.worker?.seat.held.get(this.number) === this
  }
}

/** What comes one by one and goes to workers in chunks, which are withheld from those who are busy until they are full. */
export class Stream implements Source<Job> {
  readonly priority = 0
  readonly caller: number
  /** How many have come and wait. */
  waiting = 0
  /** How many are still to come. */
  coming: number
  listed = false
  readonly #chunk: number
  readonly #make: (withheld: boolean) => Job | undefined

  /** @param make is told where it would be withheld, and makes one otherwise */
  constructor(random: Random, make: (withheld: boolean) => Job | undefined) {
    this.caller = random.int(3)
    this.coming = random.between(1, 60)
    this.#chunk = random.between(1, 12)
    this.#make = make
  }

  get ready(): boolean {
    return this.waiting > 0
  }

  next(_workers: number, ahead: boolean): Job | undefined {
    const withheld = ahead && this.waiting < this.#chunk && this.coming > 0
    if (this.ready && !withheld) this.waiting -= Math.min(this.waiting, this.#chunk)
    else if (!withheld) return undefined
    this.listed = this.ready
    return this.#make(withheld)
  }
}

/** A worker: reads what it was sent when its event loop is free, begins what it can claim, and may die at any time. */
export class SimWorker implements SeatOutlet<Job> {
  readonly seat: Seat<Job>
  readonly worn = false
  /** Units under way, by number. */
  readonly running = new Map<number, Job>()
  alive = true
  readonly #world: Surroundings
  readonly #stream: UnitStream
  /** Come, while its event loop was busy. */
  readonly #unread: Job[] = []
  /** In hand. */
  readonly #arrived: Job[] = []
  #offered = 0
  #claimed = 0
  /** Its event loop is busy until then; and with what is no unit. */
  #busyUntil = 0
  #hangsUntil = 0
  #arrivesAt = 0
  #peeking: (() => void) | undefined

  constructor(world: Surroundings, concurrency: number) {
    this.#world = world
    this.seat = new Seat<Job>(this, concurrency, true)
    const isWilling = () =>
      this.alive && this.seat.up && this.running.size < concurrency && world.now >= this.#busyUntil
    const consumer: UnitConsumer = {
      get willing() {
        return isWilling()
      },
      prepare: () => undefined,
      begin: (number, take) => this.#begin(number, take() as Job),
      rests: () => {},
      ended: () => {},
    }
    this.#stream = new UnitStream(this.#inbox(), { take: () => this.takeClaim() }, NO_TURN, consumer)
  }

  hand(jobs: readonly Job[], first: number): void {
    this.#offered = first + jobs.length - 1
    jobs.forEach((job, i) => {
      job.worker = this
      job.number = first + i
    })
    // In order, however long each takes on its way.
    this.#arrivesAt = Math.max(this.#arrivesAt, this.#world.now + this.#world.random.next() * 0.2)
    this.#world.after(this.#arrivesAt - this.#world.now, () => {
      this.#unread.push(...jobs)
      this.#read()
    })
  }

  get hangs(): boolean {
    return this.#world.now < this.#hangsUntil
  }

  takeClaim(): number {
    return this.#claimed < this.#offered ? ++this.#claimed : 0
  }

  hasBegun(number: number): boolean {
    return number <= this.#claimed
  }

  renewClaims(): void {}

  start(): void {
    if (!this.alive) return
    this.seat.up = true
    this.seat.heardAt = this.#world.now
    this.#stream.pump()
  }

  /** What comes while the event loop is busy is read when it is not. */
  #read(): void {
    if (!this.alive || this.#unread.length === 0) return
    if (this.#world.now < this.#busyUntil)
      return this.#world.after(this.#busyUntil - this.#world.now, () => this.#read())
    this.#arrived.push(...this.#unread.splice(0))
    const peeking = this.#peeking
    this.#peeking = undefined
    if (peeking === undefined) this.#stream.pump()
    else peeking()
  }

  #inbox(): Inbox {
    const arrived = this.#arrived
    const inbox = {
      items: {
        get tokens() {
          return arrived.length
        },
        ready: () => arrived.length > 0,
        spend: () => {},
        peek: ({ serve }: { serve(): void }) => {
          this.#peeking = serve
        },
      },
      look: () => undefined,
      take: () => arrived.shift(),
      skip: () => void arrived.shift(),
      refusal: () => undefined,
    }
    return inbox as unknown as Inbox
  }

  #begin(number: number, job: Job): void {
    const world = this.#world
    if (job.doomed) return world.after(0.1, () => world.answered(this, number))
    job.begun++
    world.check('a unit is begun once', job.begun === 1, `job ${job.name} was begun ${job.begun} times`)
    world.check('what is begun is what was claimed', job.number === number && job.worker === this, `job ${job.name}`)
    world.check('what nobody wants is not begun', job.fate === 'open', `job ${job.name} was ${job.fate}`)
    this.running.set(number, job)
    if (this.seat.concurrency === 1) this.#busyUntil = world.now + job.ms
    world.after(job.ms, () => this.#end(number))
  }

  /** Something that its task has left behind keeps the event loop busy. */
  #hang(ms: number): void {
    this.#world.hung()
    this.#hangsUntil = Math.max(this.#hangsUntil, this.#world.now + ms)
    this.#busyUntil = Math.max(this.#busyUntil, this.#hangsUntil)
    this.#world.after(ms, () => {
      if (this.alive) this.#stream.pump()
    })
  }

  #end(number: number): void {
    if (!this.alive) return
    this.running.delete(number)
    this.#world.after(this.#world.random.next() * 0.2, () => this.#world.answered(this, number))
    if (this.#world.random.chance(0.01)) this.#hang(this.#world.random.next() * 400)
    this.#stream.pump()
  }
}

/** There is no turn that could be over. */
const NO_TURN = { next: (resume: () => void) => resume() } as unknown as Turn
