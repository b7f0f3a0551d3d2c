import type { Connection } from '../connection.ts'
import type { Context } from '../context.ts'
import type { CurrentProcess } from '../current-process.ts'
import { deferred } from '../deferred.ts'
import type { Inbox } from '../inbox.ts'
import type { Outbox } from '../outbox.ts'
import { MAX_AHEAD } from '../primitives/dispatcher.ts'
import type { Queue } from '../queue.ts'
import { CHANNEL } from '../queue-channel.ts'
import type { Host } from '../run-child.ts'
import type { Runtime } from '../runtime.ts'
import { ownClaims } from './claims.ts'
import { runSideBySide } from './current-task.ts'
import { TaskLibrary } from './task-library.ts'
import { TaskRunner } from './task-runner.ts'
import { UnitStream } from './unit-stream.ts'
import { type Order, Reply, type ReplyWord, type UnitWord } from './words.ts'

/** What a worker is told at its start. */
export interface Setup {
  /** How many units it works on side by side. */
  readonly concurrency: number
  /** The first thing that it runs, and what with. */
  readonly initializer: readonly [source: string, name: string] | null
  readonly initargs: readonly unknown[]
  /** A module to load meanwhile. */
  readonly module: string | null
  /** Whether it says how much memory it uses. */
  readonly memory: boolean
}

/** Results wait no longer than this for company, in milliseconds; and not at all for a task that may take longer. */
const COMPANY_MS = 0.1
/** How often a worker says how much memory it uses, in milliseconds, at most. */
const MEMORY_MS = 100

/** What a worker is started with. */
export type WorkerInput = readonly [connection: Connection, orders: Queue<Order>, setup: Setup]

/** What a pool's worker does from beginning to end. */
export async function serve(
  host: Host,
  here: Runtime,
  me: CurrentProcess,
  ...[connection, orders, setup]: WorkerInput
): Promise<void> {
  const { context } = here
  const worker = new TaskServer(host, here, connection, setup)
  // Nothing else keeps a worker that waits for its first task.
  context.pending(1)
  orders.unref()
  me.onStop(() => worker.stopAll(me.name))
  try {
    const heeding = worker.heed(orders)
    if (await worker.prepare(setup)) await Promise.race([worker.run(), heeding])
  } finally {
    await connection.close()
    context.pending(-1)
  }
}

class TaskServer {
  readonly #host: Host
  readonly #context: Context
  readonly #inbox: Inbox
  readonly #outbox: Outbox
  readonly #library: TaskLibrary
  readonly #runner: TaskRunner
  readonly #units: UnitStream
  readonly #memory: boolean
  readonly #ended = deferred<void>()
  #flushedAt = 0
  #memoryAt = 0
  /** What was said and may not have been sent. */
  #unsent = 0
  /** It was asked to terminate, and waits for its tasks. */
  #dying = false

  constructor(host: Host, here: Runtime, connection: Connection, { concurrency, memory }: Setup) {
    this.#host = host
    this.#context = here.context
    this.#memory = memory && host.memoryUsed !== undefined
    const channel = connection[CHANNEL]
    channel.holdAhead(MAX_AHEAD + concurrency)
    this.#inbox = channel.inbox
    this.#outbox = channel.outbox
    this.#library = new TaskLibrary(host, here)
    this.#runner = new TaskRunner(this.#library, here.context.clock, {
      say: (word, refused) => this.#say(word, refused),
      rested: () => this.#rested(),
    })
    const runner = this.#runner
    this.#units = new UnitStream(channel.inbox, ownClaims(), here.context.turn, {
      get willing() {
        return runner.count < concurrency
      },
      begin: (number, take) => this.#begin(number, take),
      ended: () => this.#ended.resolve(),
    })
  }

  /** Runs the initializer; false if it failed, which the pool has been told then. */
  async prepare({ initializer, initargs, module, concurrency }: Setup): Promise<boolean> {
    if (concurrency > 1) runSideBySide()
    if (module !== null) this.#library.load(module).catch(() => {})
    try {
      if (initializer !== null) {
        const [source, name] = initializer
        const { run } = await this.#library.find(source, name)
        await run(...initargs)
      }
    } catch (error) {
      this.#say([0, 0, error, Reply.UNFIT], (reason) => this.#say([0, 0, reason, Reply.UNFIT]))
      return false
    }
    this.#say([0, 0, null, Reply.READY])
    // Before anything is begun: who dies without a word had begun nothing.
    this.#context.turn.flush(true)
    return true
  }

  run(): Promise<void> {
    this.#units.pump()
    return this.#ended.promise
  }

  async heed(orders: Queue<Order>): Promise<void> {
    for await (const order of orders) {
      switch (order[0]) {
        case 'task':
          this.#library.define(order[1], order[2], order[3])
          break
        case 'abort':
          this.#runner.abort(order[1], order[2])
          break
        case 'more':
          this.#runner.more(order[1], order[2])
          break
        case 'watch':
          this.#runner.watched = order[1]
          break
        case 'load':
          this.#library.load(order[1]).catch(() => {})
          break
        case 'stop':
          return
      }
    }
  }

  /** Somebody asked this process to terminate: its tasks stop by themselves, or it dies at once. */
  stopAll(name: string): void {
    this.#dying = this.#runner.abortAll(new Error(`process ${name} was asked to terminate`))
    if (!this.#dying) this.#host.die()
  }

  #begin(number: number, take: () => unknown): void {
    let word: unknown
    try {
      word = take()
    } catch (error) {
      return this.#undecodable(number, error)
    }
    if (!(word instanceof Promise)) return this.#run(number, word as UnitWord)
    this.#runner.count++
    word
      .then(
        (late) => {
          this.#runner.count--
          this.#run(number, late as UnitWord)
        },
        (error) => {
          this.#runner.count--
          this.#undecodable(number, error)
        },
      )
      .catch(() => {})
  }

  #run(number: number, word: UnitWord): void {
    // It may take long, and nobody is to wait for what is done already.
    if (this.#unsent > 0 && !this.#isShort(word)) this.#flush(this.#context.clock.now())
    this.#runner.begin(number, word)
  }

  #isShort([kind, , args]: UnitWord): boolean {
    const task = this.#library.get(kind)
    return !(task instanceof Promise) && task.pace !== undefined && task.pace * args.length < COMPANY_MS
  }

  #flush(now: number): void {
    this.#flushedAt = now
    this.#unsent = 0
    this.#context.turn.flush(true)
  }

  #undecodable(number: number, error: unknown): void {
    this.#say([number, 0, error, Reply.FAILED])
    this.#units.pump()
  }

  #say(word: ReplyWord, refused: (reason: unknown) => void = () => {}): void {
    this.#unsent++
    this.#outbox.post(word, refused)
  }

  /** Results of short tasks leave together; a long one must not keep them. */
  #rested(): void {
    const now = this.#context.clock.now()
    if (now - this.#flushedAt >= COMPANY_MS) this.#flush(now)
    if (this.#memory && now - this.#memoryAt >= MEMORY_MS) {
      this.#memoryAt = now
      this.#say([0, 0, this.#host.memoryUsed!(), Reply.MEMORY])
    }
    if (this.#dying && this.#runner.count === 0) return this.#host.die()
    this.#units.pump()
  }
}
