import { Backlog } from '../../src/primitives/backlog.ts'
import { Dispatcher, MAX_AHEAD } from '../../src/primitives/dispatcher.ts'
import { Random } from '../random.ts'
import { Job, SimWorker, Stream, type Surroundings } from './dispatch-worker.ts'
import { type Invariant, Violation } from './invariants.ts'

/** Nobody may wait longer than this, in milliseconds, for what another one could begin at once. */
const PATIENCE_MS = 80

const TICK_MS = 20

/** Plays one seed; resolves with the first broken invariant. */
export async function simulateDispatch(seed: number): Promise<Violation | undefined> {
  return new DispatchWorld(seed).play()
}

/** Plays one seed and tells what happened in it. */
export function playDispatch(seed: number): ReadonlyMap<string, number> {
  const world = new DispatchWorld(seed)
  const violation = world.play()
  if (violation !== undefined) throw violation
  return world.seen
}

/**
 * A pool in a world of its own: jobs come and are given up, workers start, work, block, and die, and messages take their
 * time. The dispatcher and the workers' ends are the real ones.
 */
class DispatchWorld implements Surroundings {
  now = 0
  readonly random: Random
  readonly seen = new Map<string, number>()
  readonly #jobs: Job[] = []
  readonly #workers = new Set<SimWorker>()
  readonly #dispatcher = new Dispatcher<Job>(new Backlog<Job>())
  /** The latest first; of what happens at one moment, what was planned first is last. */
  readonly #agenda: Array<{ at: number; run: () => void }> = []
  readonly #size: number
  readonly #concurrency: number
  #violation: Violation | undefined
  #scheduled = false
  /** Since when somebody has had nothing to do, although something waited elsewhere. */
  #unfairSince: number | undefined

  constructor(seed: number) {
    this.random = new Random(seed)
    this.#size = this.random.between(1, 4)
    this.#concurrency = this.random.chance(0.25) ? this.random.between(2, 4) : 1
  }

  play(): Violation | undefined {
    try {
      for (let i = 0; i < this.#size; i++) this.#hire()
      const bursts = this.random.between(1, 6)
      for (let i = 0; i < bursts; i++) this.after(this.random.next() * 60, () => this.#burst())
      const streams = this.random.int(3)
      for (let i = 0; i < streams; i++) this.after(this.random.next() * 60, () => this.#openStream())
      const deaths = this.random.int(4)
      for (let i = 0; i < deaths; i++) this.after(this.random.next() * this.random.between(20, 200), () => this.#kill())
      this.#tick()
      while (this.#step() && this.#violation === undefined);
      this.#checkEnd()
    } catch (error) {
      this.#violation ??= new Violation('nothing throws', String((error as Error).stack))
    }
    return this.#violation
  }

  after(ms: number, run: () => void): void {
    const at = this.now + ms
    let low = 0
    for (let high = this.#agenda.length; low < high; ) {
      const middle = (low + high) >> 1
      if (this.#agenda[middle]!.at <= at) high = middle
      else low = middle + 1
    }
    this.#agenda.splice(low, 0, { at, run })
  }

  check(invariant: Invariant, holds: boolean, message: string): void {
    if (!holds) this.#violation ??= new Violation(invariant, `${message}, at ${this.now.toFixed(2)} ms`)
  }

  answered(worker: SimWorker, number: number): void {
    if (!worker.alive) return
    const { seat } = worker
    seat.heard(this.now)
    const job = seat.settle(number)
    this.check('what is answered was held', job !== undefined, `number ${number}`)
    if (job?.fate === 'open') job.fate = 'done'
    this.#count('answered')
    this.#schedule()
  }

  hung(): void {
    this.#count('hung')
  }

  #step(): boolean {
    const next = this.#agenda.pop()
    if (next === undefined) return false
    this.now = next.at
    next.run()
    return true
  }

  /** Looks every few milliseconds, as long as there is something to do. */
  #tick(): void {
    this.#checkFair()
    if (this.#agenda.length > 0) this.after(TICK_MS, () => this.#tick())
  }

  #hire(): void {
    const worker = new SimWorker(this, this.#concurrency)
    this.#workers.add(worker)
    this.#dispatcher.join(worker.seat)
    this.after(this.random.next() * 40, () => {
      worker.start()
      this.#schedule()
    })
    this.#schedule()
  }

  #burst(): void {
    const count = this.random.chance(0.2) ? this.random.between(200, 1200) : this.random.between(1, 40)
    for (let i = 0; i < count; i++) {
      const job = new Job(this.#jobs.length, this.random)
      this.#jobs.push(job)
      this.#dispatcher.add(job)
      if (this.random.chance(0.05)) this.after(this.random.next() * 20, () => this.#abort(job))
    }
    this.#schedule()
  }

  #openStream(): void {
    const stream = new Stream(this.random, (withheld) => {
      this.#count(withheld ? 'withheld' : 'chunk')
      if (withheld) return undefined
      const job = new Job(this.#jobs.length, this.random)
      this.#jobs.push(job)
      return job
    })
    const pause = this.random.next()
    const arrive = () => {
      stream.coming--
      stream.waiting++
      if (!stream.listed) this.#dispatcher.add(stream)
      stream.listed = true
      this.#schedule()
      if (stream.coming > 0) this.after(this.random.next() * pause, arrive)
    }
    arrive()
  }

  #abort(job: Job): void {
    if (job.fate !== 'open') return
    if (job.held) this.#dispatcher.takeBack(job.worker!.seat)
    if (!job.held) this.#dispatcher.backlog.remove(job)
    else job.doomed = job.begun === 0
    this.#count(job.held ? 'aborted while it ran' : 'aborted before it ran')
    job.fate = 'aborted'
    this.#schedule()
  }

  #kill(): void {
    const worker = this.random.pick([...this.#workers])
    worker.alive = false
    this.#workers.delete(worker)
    const { begun, lost } = this.#dispatcher.leave(worker.seat)
    for (const job of begun) {
      this.check('what fails with its worker was begun', job.begun === 1, `job ${job.name}`)
      if (job.fate === 'open') job.fate = 'died'
      this.#count('died with its worker')
    }
    for (const job of lost) {
      this.check('what was lost had not been begun', job.begun === 0 && !job.portable, `job ${job.name}`)
      if (job.fate === 'open') job.fate = 'died'
      this.#count('lost')
    }
    this.#count('death')
    this.#hire()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.after(0.01, () => this.#dispatch())
  }

  #dispatch(): void {
    this.#scheduled = false
    const again = this.#dispatcher.dispatch(this.now)
    if (again > 0) {
      this.#count('looked again')
      this.after(again, () => this.#schedule())
    }
    const waiting = this.#dispatcher.backlog.size
    for (const { seat } of this.#workers) {
      this.check('what is ahead is bounded', seat.ahead <= MAX_AHEAD, `${seat.ahead} ahead`)
      if (seat.ahead > 1) this.#count('several ahead')
      // What cannot be taken back is for the first who is up, and what comes after it waits as long.
      const mayWait = !seat.free || (!seat.up && this.#unmovableWaits)
      this.check('nobody is idle while something waits', mayWait || waiting === 0, `${waiting} wait`)
    }
    this.#checkFair()
  }

  get #unmovableWaits(): boolean {
    return this.#jobs.some((job) => !job.portable && job.fate === 'open' && !job.held)
  }

  /** Whether someone who could begin it has nothing to do, while another one has it and does not get to it. */
  #checkFair(): void {
    const workers = [...this.#workers]
    const idle = workers.some((worker) => worker.seat.up && worker.seat.count === 0 && !worker.hangs)
    const stuck = workers.some(({ seat }) => seat.fixed === 0 && [...seat.held.values()].some((job) => job.begun === 0))
    if (!idle || !stuck) this.#unfairSince = undefined
    else this.#unfairSince ??= this.now
    const ms = this.now - (this.#unfairSince ?? this.now)
    // It may have gone from one that hangs to another one.
    const patience = PATIENCE_MS * (1 + workers.filter(({ hangs }) => hangs).length)
    this.check('nothing waits behind a long one for long', ms < patience, `${ms.toFixed(1)} ms`)
  }

  #checkEnd(): void {
    for (const job of this.#jobs)
      this.check('everything comes to its end', job.fate !== 'open', `job ${job.name} was begun ${job.begun} times`)
    for (const { seat } of this.#workers)
      this.check('no account is left open', seat.held.size === 0 && seat.load === 0 && seat.fixed === 0, 'a seat')
  }

  #count(what: string): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1)
  }
}
