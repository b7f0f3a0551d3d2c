import { copyBytes } from '../bytes.ts'
import type { Timer } from '../clock.ts'
import { type Encoded, encode, ownCopy } from '../codec.ts'
import type { Context } from '../context.ts'
import { EncodeError } from '../errors.ts'
import { checkRefs } from '../foreign-refs.ts'
import { checkLength } from '../outbox.ts'
import type { Unit } from '../primitives/backlog.ts'
import type { Task } from '../task-module.ts'
import type { PoolWorker } from './pool-worker.ts'
import type { Emission, UnitWord } from './words.ts'

/** A task of which a pool has been given calls. */
export class TaskKind {
  /** What the pool's words call it. */
  readonly number: number
  readonly task: Task
  /** How long a call takes, in milliseconds, the latest counting most; undefined before the first is done. */
  pace: number | undefined

  constructor(number: number, task: Task) {
    this.number = number
    this.task = task
  }

  /** So many calls took so long. */
  measured(ms: number, calls: number): void {
    const each = ms / calls
    const weight = calls >= MANY ? 1 / 2 : 1 / 8
    this.pace = this.pace === undefined ? each : this.pace + (each - this.pace) * weight
  }
}

/** What so many calls take says more than what one does. */
const MANY = 8

/** Who made a unit, and is told what becomes of it: `done` or `failed`, once. */
export interface UnitOwner {
  done(unit: TaskUnit, value: unknown): void
  failed(unit: TaskUnit, error: unknown): void
  /** Some values of a streamed unit; `done` follows the last. */
  emitted(unit: TaskUnit, emissions: readonly Emission[]): void
}

/** May be done again after a failure. */
export interface Retrying {
  /** How often. */
  left: number
  /** Milliseconds to wait before the first time; twice as long before the next, and so on. */
  readonly backoff: number
  readonly retryIf: (error: unknown) => boolean
}

/** How a unit is to be done. */
export interface UnitOptions {
  readonly priority: number
  readonly how: number
  /** How many calls are in it. */
  readonly calls: number
  readonly retrying?: Retrying | undefined
}

/** The word of a unit, kept so that it can be sent, and sent again; or still to be encoded, because it moves something. */
export type KeptWord = { readonly encoded: Encoded } | { readonly live: unknown }

/** Calls of a task that go to one worker together. */
export class TaskUnit implements Unit {
  order = 0
  cost = 0
  attempt = 1
  /** Its owner knows what became of it. */
  settled = false
  /** Some of its values are out already: it cannot be done again. */
  gave = false
  /** It is for one worker alone. */
  bound = false
  /** Which worker was given it last, and by what number. */
  worker: PoolWorker | undefined
  number = 0
  /** What is to happen to it, or to its worker, if nothing happens before. */
  timer: Timer
  readonly kind: TaskKind
  readonly owner: UnitOwner
  readonly how: number
  readonly calls: number
  readonly priority: number
  readonly retrying: Retrying | undefined
  word: KeptWord
  /** Where its first call is among those of its owner. */
  at = 0

  constructor(kind: TaskKind, owner: UnitOwner, word: KeptWord, { priority, how, calls, retrying }: UnitOptions) {
    this.kind = kind
    this.owner = owner
    this.word = word
    this.priority = priority
    this.how = how
    this.calls = calls
    this.retrying = retrying
  }

  get portable(): boolean {
    return !this.bound && 'encoded' in this.word
  }

  /** Whether a worker has it. */
  get held(): boolean {
    return this.worker?.seat.held.get(this.number) === this
  }

  get estimate(): number | undefined {
    const { pace } = this.kind
    return pace === undefined ? undefined : pace * this.calls
  }
}

/** Copies of small words lie side by side in slabs of so many bytes. */
const SLAB = 64 * 1024
/** A word of more bytes has memory of its own. */
const LARGE = 4 * 1024

let slab = new Uint8Array(0)
let slabAt = 0

/** A copy of what was encoded that no further encoding overwrites. */
export function keep(scratch: Encoded): Encoded {
  const { bytes, start, end } = scratch
  const length = end - start
  if (length > LARGE) return ownCopy(scratch)
  if (slabAt + length > slab.length) {
    slab = new Uint8Array(SLAB)
    slabAt = 0
  }
  const at = slabAt
  slabAt += length
  copyBytes(bytes, start, end, slab, at)
  return { ...scratch, bytes: slab, start: at, end: at + length }
}

/**
 * Encodes the word of a unit.
 *
 * @throws EncodeError if an argument cannot travel; the path leads from the arguments on
 * @throws UnreadBlobs if there are Blobs in it
 */
export function encodeWord(context: Context, kind: TaskKind, how: number, args: readonly unknown[]): KeptWord {
  const word = [kind.number, how, args]
  try {
    const scratch = encode(word)
    checkLength(scratch, context.maxFrame)
    const encoded = keep(scratch)
    if (encoded.refs !== undefined) checkRefs(encoded.refs, context)
    return encoded.moved.length > 0 ? { live: word } : { encoded }
  } catch (error) {
    throw error instanceof EncodeError ? argumentError(error, kind.task.name) : error
  }
}

/** The word of a unit for its next attempt, which the worker is told of. */
export function repeated(context: Context, { word, attempt }: TaskUnit): KeptWord {
  if ('live' in word) return word
  const { bytes, start, end } = word.encoded
  const [kind, how, args] = context.decode(bytes, start, end) as UnitWord
  return { encoded: keep(encode([kind, how, args, attempt])) }
}

/** The path leads through the arguments, not through the word that they are part of. */
export function argumentError(error: EncodeError, task: string): EncodeError {
  const path = error.path.replace(/^\[2\]/, '')
  const message =
    path === error.path ? error.message : error.message.replace(` at ${error.path}`, path && ` at ${path}`)
  return new EncodeError(`the arguments of task ${task}: ${message}`, path)
}
