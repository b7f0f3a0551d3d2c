import type { Connection } from '../connection.ts'
import type { Context } from '../context.ts'
import { BrokenPipeError, type DeathReport, ProcessDiedError } from '../errors.ts'
import { inWords } from '../in-words.ts'
import type { Outbox } from '../outbox.ts'
import { Pipe } from '../pipe.ts'
import type { Kind, ResourceLimits, Stdio } from '../platform.ts'
import { MAX_AHEAD, Seat, type SeatOutlet } from '../primitives/dispatcher.ts'
import { BuiltinWork, Process } from '../process.ts'
import { Queue } from '../queue.ts'
import { CHANNEL } from '../queue-channel.ts'
import type { Runtime } from '../runtime.ts'
import { moduleOf, type TaskSource } from '../task-module.ts'
import type { Claims } from './claims.ts'
import { drain } from './drain.ts'
import type { WorkerIdentity } from './pool-events.ts'
import { readable } from './readable.ts'
import type { Setup } from './serve.ts'
import type { TaskUnit } from './task-unit.ts'
import type { Order, ReplyWord } from './words.ts'

/** How a worker is started. */
export interface WorkerStart {
  readonly name: string
  readonly kind: Kind
  readonly stdio: Stdio
  readonly resourceLimits: ResourceLimits | undefined
  /** From what it is started, where that is known. */
  readonly source: TaskSource | null
  readonly setup: Setup
}

/** What becomes of a worker is told to its crew. */
export interface WorkerOwner {
  said(worker: PoolWorker, word: ReplyWord): void
  /** A unit was sent whose attempts have a time limit. */
  sent(unit: TaskUnit): void
  /** A unit could not be sent. */
  refused(worker: PoolWorker, unit: TaskUnit, reason: unknown): void
  /** It is gone, and everything that it said has been heard; the error tells why, if it did not end by itself. */
  gone(worker: PoolWorker, error: unknown): void
}

/** A pipe without a bound on bytes stays with the hub; one with this goes past it, where the ends are in two children. */
const MAX_BYTES = 64 * 1024 * 1024

/** One worker of a pool, seen from the pool: its process, the pipe to it, and the claims to what it was handed. */
export class PoolWorker implements SeatOutlet<TaskUnit> {
  readonly process: Process<unknown, never[]>
  readonly seat: Seat<TaskUnit>
  /** Units that it was given since its start. */
  served = 0
  /** When it was started, and when it last had something to do. */
  readonly bornAt: number
  idleSince: number
  /** It is to end once it has answered what it has. */
  retiring = false
  /** It is to be killed: a task does not stop. */
  condemned = false
  readonly #context: Context
  readonly #owner: WorkerOwner
  readonly #connection: Connection<ReplyWord, unknown>
  readonly #outbox: Outbox
  readonly #orders = new Queue<Order>().unref()
  readonly #claims: Claims | undefined
  /** The numbers of the tasks that it has been told of. */
  readonly #told = new Set<number>()
  /** Those of them that it loads, where it says when it has. */
  readonly #loading = new Set<number>()
  #stopped = false

  constructor({ context, hub }: Runtime, start: WorkerStart, owner: WorkerOwner) {
    this.#context = context
    this.#owner = owner
    this.bornAt = this.idleSince = context.clock.now()
    const { source, setup, ...options } = start
    const { concurrency } = setup
    // In the hub's own context a detour costs nothing.
    const maxbytes = hub === undefined ? MAX_BYTES : 0
    const [mine, theirs] = Pipe<ReplyWord, unknown>({ maxsize: 0, maxbytes })
    this.#connection = mine
    const channel = mine[CHANNEL]
    channel.holdAhead(MAX_AHEAD + concurrency)
    this.#outbox = channel.outbox
    this.process = new Process(new BuiltinWork(source, 'pool', setup.initializer?.[0] ?? null) as never, {
      ...options,
      daemon: true,
      args: [theirs, this.#orders, setup] as never,
    }) as never
    this.process.start()
    this.#claims = this.process.claims
    this.seat = new Seat<TaskUnit>(this, concurrency, this.#claims !== undefined)
    channel.unref()
    drain(
      channel.inbox,
      context.turn,
      (word) => word && owner.said(this, word as ReplyWord),
      (error, payload) => this.#unreadable(readable(context, payload, error)),
    ).then(() => this.#ending())
  }

  /** The claims are offered first, so that whoever finds a unit without one knows that it was taken back. */
  hand(units: readonly TaskUnit[], first: number): void {
    this.#claims?.offer(first, units.length)
    this.served += units.length
    for (let i = 0; i < units.length; i++) this.#send(units[i]!, first + i)
  }

  takeClaim(): number {
    return this.#claims?.take() ?? 0
  }

  /** Whether it has begun the unit of that number, which it holds: without claims, what it was sent is begun. */
  hasBegun(number: number): boolean {
    return this.#claims === undefined || number <= this.#claims.taken
  }

  /** It can call the task of that number. */
  loaded(kind: number): void {
    this.#loading.delete(kind)
  }

  /** Whether it has begun the unit that it holds, as far as is known: one whose module it still loads it has not. */
  works({ number, kind }: TaskUnit): boolean {
    return this.seat.reached(number) && !this.#loading.has(kind.number)
  }

  get worn(): boolean {
    return this.#claims?.worn === true
  }

  renewClaims(): void {
    this.#claims?.renew()
  }

  claimsMayMove(): void {
    this.#claims?.mayMove()
  }

  /** Of what it has said and not sent, it may have sent some: that concerns nobody any more. */
  listen(): void {
    for (const bytes of this.#claims?.journal.entries() ?? []) {
      const word = this.#read(bytes)
      if (word !== undefined) this.#owner.said(this, word)
    }
  }

  #read(bytes: Uint8Array): ReplyWord | undefined {
    const { length } = bytes
    try {
      return this.#context.decode(bytes, 0, length) as ReplyWord
    } catch (error) {
      return readable(this.#context, { bytes, start: 0, end: length }, error)
    }
  }

  get identity(): WorkerIdentity {
    return { name: this.process.name, pid: this.process.pid }
  }

  order(order: Order): void {
    if (!this.#stopped) this.#orders.put(order).catch(() => {})
  }

  /** Has the unit of that number stop. */
  abort(number: number, reason: unknown): void {
    // What cannot travel is told in words.
    this.#orders.put(['abort', number, reason]).catch(() => this.order(['abort', number, new Error(inWords(reason))]))
  }

  /** Has it end once it has nothing to do. */
  stop(): void {
    this.seat.closed = true
    this.order(['stop'])
    this.#stopped = true
  }

  #send(unit: TaskUnit, number: number): void {
    const { kind } = unit
    unit.worker = this
    unit.number = number
    if (!this.#told.has(kind.number)) {
      this.#told.add(kind.number)
      const timed = unit.plan.attemptTimeout !== undefined
      if (timed) this.#loading.add(kind.number)
      this.order(['task', kind.number, moduleOf(kind.task.source), kind.task.name, timed])
    }
    if (unit.plan.attemptTimeout !== undefined) this.#owner.sent(unit)
    this.#outbox.send(unit)
  }

  /** A unit could not be sent. */
  refused(unit: TaskUnit, reason: unknown): void {
    // Nobody is there any more: it is known soon what becomes of that.
    if (reason instanceof BrokenPipeError) this.seat.closed = true
    this.#owner.refused(this, unit, reason)
  }

  /** It has said something that cannot be read here: what is meant by that fails. If nobody knows what is, it is mad. */
  #unreadable(word: ReplyWord | undefined): void {
    if (word !== undefined) this.#owner.said(this, word)
    else this.process.kill().catch(() => {})
  }

  /** Everything that it said has been heard: nothing more comes of it. */
  async #ending(): Promise<void> {
    this.seat.closed = true
    let error: unknown
    try {
      await this.process.result
      await this.process.ended
    } catch (reason) {
      error = reason
    }
    this.listen()
    this.#owner.gone(this, error)
    this.#claims?.close()
    await this.#connection.close()
    await this.#orders.close()
  }
}

/** What is known of a worker's end. */
export function reportOf({ process }: PoolWorker, error: unknown): DeathReport {
  if (error instanceof ProcessDiedError) return error
  const { pid, exitCode } = process
  return { pid, exitCode, signal: null, stderr: error instanceof Error ? error.message : '' }
}
