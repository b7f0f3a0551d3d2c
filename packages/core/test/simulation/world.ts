import type { Clock, Timer } from '../../src/clock.ts'
import { Random } from '../random.ts'
import type { Invariant } from './invariants.ts'
import { Violation } from './invariants.ts'

/** Whose events they are: those of the dead do not happen. */
export interface Owner {
  readonly name: string
  alive: boolean
}

interface Happening {
  readonly at: number
  readonly order: number
  readonly owner: Owner | undefined
  readonly run: () => void
  cancelled: boolean
}

/** More happenings than any run has that comes to rest. */
const MAX_STEPS = 600_000

/**
 * Virtual time, the order of everything that happens in it, and the dice: all from one seed.
 *
 * A step is one happening and the microtasks that it gives rise to, as a turn of an event loop is.
 */
export class World {
  /** Milliseconds. It goes on while somebody looks at a clock, so that turns last. */
  time = 0
  readonly random: Random
  /** Called after each step, when all microtasks have run. */
  onStep: () => void = () => {}
  /** Bumped whenever a user's callback ran, so that `settle` sees when there are no more. */
  activity = 0
  /** The length of the longest chain of promises in the library without a user's callback in it. */
  chain = 7
  /** What has happened so far, and how often: a simulation in which nothing happens proves nothing. */
  readonly seen = new Map<string, number>()
  #violation: Violation | undefined
  readonly #heap: Happening[] = []
  readonly #trace: ((line: string) => void) | undefined
  #order = 0
  #steps = 0

  constructor(seed: number, trace?: (line: string) => void) {
    this.random = new Random(seed)
    this.#trace = trace
  }

  at(delay: number, owner: Owner | undefined, run: () => void): Happening {
    const happening = { at: this.time + delay, order: this.#order++, owner, run, cancelled: false }
    this.#push(happening)
    return happening
  }

  /** Lets everything happen that is due, and all that follows from it, until nothing more is to come. */
  async rest(): Promise<void> {
    await this.settle()
    for (let next = this.#pop(); next !== undefined; next = this.#pop()) {
      if (next.cancelled || next.owner?.alive === false) continue
      if (next.at > this.time) this.time = next.at
      if (++this.#steps > MAX_STEPS) this.fail('the world comes to rest', `${MAX_STEPS} steps and no end`)
      this.guard(next.run)
      await this.settle()
      this.guard(this.onStep)
      if (this.#violation !== undefined) throw this.#violation
    }
  }

  /** Lets all microtasks run. */
  async settle(): Promise<void> {
    let seen: number
    do {
      seen = this.activity
      for (let i = 0; i < this.chain; i++) await undefined
    } while (this.activity !== seen)
    if (this.#violation !== undefined) throw this.#violation
  }

  /** Runs what must not throw. */
  guard(run: () => void): void {
    try {
      run()
    } catch (error) {
      if (error instanceof Violation) this.#violation ??= error
      else this.note('nothing throws', error instanceof Error ? String(error.stack) : String(error))
    }
  }

  /** As `fail`, from where throwing would change what happens. */
  note(invariant: Invariant, detail: string): void {
    this.#violation ??= new Violation(invariant, `${detail} (at ${this.time.toFixed(3)} ms)`)
  }

  fail(invariant: Invariant, detail: string): never {
    this.note(invariant, detail)
    throw this.#violation
  }

  saw(what: string, times = 1): void {
    if (times > 0) this.seen.set(what, (this.seen.get(what) ?? 0) + times)
  }

  trace(line: () => string): void {
    this.#trace?.(`${this.time.toFixed(3).padStart(9)} ${line()}`)
  }

  #push(happening: Happening): void {
    const heap = this.#heap
    let at = heap.push(happening) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(happening, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = happening
  }

  #pop(): Happening | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let at = 0
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return first
  }
}

function isBefore(a: Happening, b: Happening): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}

/** What one process sees of the world's time. */
export class VirtualClock implements Clock {
  readonly #world: World
  readonly #owner: Owner
  /** How long it takes to look at the clock: what else a program does in between is in it. */
  readonly #cost: number

  constructor(world: World, owner: Owner, cost: number) {
    this.#world = world
    this.#owner = owner
    this.#cost = cost
  }

  now(): number {
    this.#world.time += this.#world.random.next() * this.#cost
    return this.#world.time
  }

  setTimer(run: () => void, ms: number): Timer {
    return this.#world.at(ms, this.#owner, run)
  }

  clearTimer(timer: Timer): void {
    ;(timer as Happening).cancelled = true
  }

  defer(run: () => void): void {
    this.#world.at(this.#world.random.next() * 0.02, this.#owner, run)
  }
}
