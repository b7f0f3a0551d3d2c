import type { Timer } from '../clock.ts'
import type { Movable } from '../handle.ts'
import type { Unit } from '../primitives/backlog.ts'
import { type KeptWord, leaveOut } from './kept-word.ts'
import type { Plan } from './plan.ts'
import type { PoolWorker } from './pool-worker.ts'
import type { TaskKind } from './task-kind.ts'
import type { Emission } from './words.ts'

/**
 * Calls of a task that go to one worker together. Whoever made it is told what becomes of it, by `done` or `failed`, once.
 *
 * There may be very many: it has no objects of its own that could be shared.
 */
export abstract class TaskUnit implements Unit, KeptWord {
  order = 0
  /** A fraction from the start: an engine makes another kind of object of one whose numbers cease to be whole. */
  cost = Number.NaN
  attempt = 1
  /** Whoever made it knows what became of it. */
  settled = false
  /** It is for one worker alone. */
  bound = false
  portable = true
  /** Some of its values are out already: it cannot be done again. */
  gave = false
  /** It has given as many values as it may, and goes on when somebody takes of them. */
  stalled = false
  /** Which worker was given it last, and by what number. */
  worker: PoolWorker | undefined
  number = 0
  /** What is to happen to it, or to its worker, if nothing happens before. */
  timer: Timer
  readonly kind: TaskKind
  readonly plan: Plan
  readonly calls: number
  bytes!: Uint8Array
  start!: number
  end!: number
  refs!: readonly string[] | undefined
  moved!: readonly Movable[]
  live: unknown

  constructor(kind: TaskKind, plan: Plan, calls: number, word: KeptWord) {
    this.kind = kind
    this.plan = plan
    this.calls = calls
    this.timer = undefined
    this.keep(word)
  }

  abstract done(value: unknown): void
  abstract failed(error: unknown): void
  /** Some values of a streamed unit; `done` follows the last. `given`: how many needed room so far. */
  abstract emitted(emissions: readonly Emission[], given: number): void

  keep({ bytes, start, end, refs, moved, live }: KeptWord): void {
    this.bytes = bytes
    this.start = start
    this.end = end
    this.refs = refs
    this.moved = moved
    this.live = live
    this.portable = !this.bound && moved.length === 0
  }

  /** What it is a part of: itself, unless it is cut from something larger. */
  get job(): unknown {
    return this
  }

  /** One that is stalled goes on as if somebody had taken of it. */
  relieve(): void {}

  bind(): void {
    this.bound = true
    this.portable = false
  }

  /** Its owner hears now what became of it. What was to move with it stays, if it was sent to nobody. */
  settle(): void {
    this.settled = true
    if (this.worker === undefined) leaveOut(this)
  }

  get priority(): number {
    return this.plan.priority
  }

  get caller(): unknown {
    return this.plan.caller
  }

  /** Whether a worker has it. */
  get held(): boolean {
    return this.worker?.seat.held.get(this.number) === this
  }

  get estimate(): number | undefined {
    const { pace } = this.kind
    return pace === undefined ? undefined : pace * this.calls
  }

  /** It could not be sent. */
  refused(reason: unknown): void {
    this.worker?.refused(this, reason)
  }
}

/** One whose results are wanted all together. */
export abstract class WholeUnit extends TaskUnit {
  /** Those that came one by one, for they were too large to come together. */
  #came: unknown[] | undefined

  emitted(emissions: readonly Emission[]): void {
    this.#came ??= []
    for (const [value] of emissions) this.#came.push(value)
  }

  /** All of them, where that is what it said at last. */
  protected whole(value: unknown): unknown {
    return this.#came ?? value
  }
}
