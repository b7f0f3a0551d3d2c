import { UnreadBlobs } from '../blob.ts'
import { encode } from '../codec.ts'
import type { Connection } from '../connection.ts'
import type { Context } from '../context.ts'
import type { CurrentProcess } from '../current-process.ts'
import { deferred } from '../deferred.ts'
import { EncodeError } from '../errors.ts'
import { checkRefs } from '../foreign-refs.ts'
import type { Inbox } from '../inbox.ts'
import { checkLength, type Outbox } from '../outbox.ts'
import { MAX_AHEAD } from '../primitives/dispatcher.ts'
import type { Queue } from '../queue.ts'
import { CHANNEL } from '../queue-channel.ts'
import type { Host } from '../run-child.ts'
import type { Runtime } from '../runtime.ts'
import { type Claims, ownClaims } from './claims.ts'
import { runSideBySide } from './current-task.ts'
import { endEffects } from './effects.ts'
import type { Journal } from './journal.ts'
import { type LoadedTask, TaskLibrary } from './task-library.ts'
import { nobodyCares, TaskRunner } from './task-runner.ts'
import { UnitStream } from './unit-stream.ts'
import { ACCOMPANIED, callsIn, type Order, Reply, type ReplyWord, SEALED, type UnitWord } from './words.ts'

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

/** Results wait no longer than this for company, in milliseconds, as far as is known how long tasks take. */
const COMPANY_MS = 0.1
/** Or than this, where so many units are in hand that nobody waits for a result to send the next. */
const LONG_COMPANY_MS = 2.5
const MANY_UNITS = 3
/** Or than this, where they are few beside those: less than one for so many. */
const LONGEST_COMPANY_MS = 24
const FEW = 2
/** So often the journal is needed before it is worth having for less. */
const MANY_WRITINGS = 8192
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
    if (await worker.prepare(setup)) {
      await Promise.race([worker.run(), heeding])
      await worker.rested
    }
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
  /** Told when no task runs. */
  #onRest: (() => void) | undefined
  readonly #claims: Claims | undefined
  #journal: Journal | undefined
  /** How often the journal was needed. */
  #writings = 0
  #sharing = false
  /** When the first was said of what was not sent. */
  #waitingSince = 0
  #memoryAt = 0
  /** What was said and may not have been sent: the latest of it may be in the journal only. */
  #unsent = 0
  /** The latest unit took longer than results wait for company. */
  #tookLong = false
  /** All of it was handed to the link, and leaves when the turn ends. */
  #leaving = false
  /** Whether some of it is not in the journal. */
  #unwritten = false
  /** Units of which something is still to be sent, and when it has been. */
  readonly #late = new Map<number, Promise<void>>()
  /** Units under way of which something was said that is not in the journal. */
  readonly #past = new Set<number>()
  /** The task of the unit that is next, if that is known and loaded. */
  #next: LoadedTask | undefined
  /** Why the task of the latest unit cannot be had, if so. */
  #missing: { readonly error: unknown } | undefined
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
    this.#runner = new TaskRunner(host, here.context.clock, {
      say: (word, refused, now) => this.#say(word, refused, now),
      refusalOf: (word) => this.#refusalOf(word),
      rested: (now, began) => this.#rested(now, began),
    })
    const runner = this.#runner
    this.#claims = ownClaims()
    this.#journal = this.#claims?.journal
    this.#units = new UnitStream(channel.inbox, this.#claims, here.context.turn, {
      get willing() {
        return runner.count < concurrency
      },
      prepare: (kind) => this.#prepare(kind),
      begin: (number, take) => this.#begin(number, take),
      rests: (goesOn) => this.#rests(goesOn),
      ended: () => this.#ended.resolve(),
    })
  }

  /** Runs the initializer; false if it failed, which the pool has been told then. */
  async prepare({ initializer, initargs, module, concurrency }: Setup): Promise<boolean> {
    if (concurrency > 1) runSideBySide()
    // Who begins with a module that ends its worker is not ready and never will be.
    const loaded = module === null ? undefined : this.#library.load(module).catch(() => {})
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
    await loaded
    this.#say([0, 0, null, Reply.READY])
    // Before anything is begun: who dies without a word had begun nothing.
    this.#context.turn.flush(true)
    return true
  }

  run(): Promise<void> {
    this.#units.pump()
    return this.#ended.promise
  }

  /**
   * Resolves when no task runs: nobody may want what they give, but they are stopping in good order, for which the pool gives
   * them some time.
   */
  get rested(): Promise<void> | undefined {
    if (this.#runner.count === 0) return undefined
    return new Promise((resolve) => {
      this.#onRest = resolve
    })
  }

  async heed(orders: Queue<Order>): Promise<void> {
    for await (const order of orders) {
      switch (order[0]) {
        case 'task':
          this.#define(order[1], order[2], order[3], order[4])
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
        case 'ping':
          this.#say([0, 0, null, Reply.ALIVE])
          break
        case 'stop':
          return
      }
    }
  }

  #define(number: number, source: string, name: string, tell: boolean): void {
    this.#library.define(number, source, name, () => {
      if (tell) this.#say([0, 0, number, Reply.LOADED])
    })
  }

  /** Somebody asked this process to terminate: its tasks stop by themselves, or it dies at once. */
  stopAll(name: string): void {
    this.#dying = this.#runner.abortAll(new Error(`process ${name} was asked to terminate`))
    if (!this.#dying) this.#die()
  }

  /** What tasks share and have left open, their layers, is closed before: whoever asks gives some time for that. */
  #die(): void {
    const die = () => this.#host.die()
    endEffects((error) => this.#host.print(error)).then(die, die)
  }

  /** Only once its module is loaded are the classes known that may be in a unit. */
  #prepare(kind: number | undefined): Promise<unknown> | undefined {
    this.#next = this.#missing = undefined
    if (kind === undefined) return undefined
    const task = this.#library.get(kind)
    if (!(task instanceof Promise)) {
      this.#next = task
      return undefined
    }
    task.catch((error) => {
      this.#missing = { error }
    })
    // It may take long, and nobody is to wait for what is done already.
    if (this.#unsent > 0) this.#flush()
    return task
  }

  #begin(number: number, take: () => unknown): void {
    let word: UnitWord
    try {
      word = this.#unsealed(take() as UnitWord)
    } catch (error) {
      return this.#undecodable(number, this.#missing === undefined ? error : this.#missing.error)
    }
    this.#run(number, word)
  }

  #unsealed(word: UnitWord): UnitWord {
    const [kind, how, content, attempt = 1] = word
    if ((how & (SEALED | ACCOMPANIED)) === 0) return word
    const bytes = content as unknown as Uint8Array
    const args = (how & SEALED) === 0 ? content : (this.#context.decode(bytes, 0, bytes.length) as readonly unknown[])
    if ((how & ACCOMPANIED) === 0) return [kind, how - SEALED, args, attempt]
    return [kind, how & ~(SEALED | ACCOMPANIED), args[0] as readonly unknown[], attempt, args[1]]
  }

  #run(number: number, word: UnitWord): void {
    const task = this.#next ?? this.#library.get(word[0])
    let now = this.#context.clock.now()
    // It may take long, or end this worker: what is done already must not wait for it, nor be lost.
    if (this.#unsent > 0 && !(this.#mayWaitFor(task, callsIn(word), now) && this.#isWritten())) {
      this.#flush()
      now = this.#context.clock.now()
    }
    this.#runner.begin(number, task, word, now)
  }

  /** Whether results may wait until so many calls are done as well. */
  #mayWaitFor(task: LoadedTask | Promise<LoadedTask>, calls: number, now: number): boolean {
    if (task instanceof Promise || task.pace === undefined) return false
    const ms = task.pace * calls
    return ms < COMPANY_MS || now + ms - this.#waitingSince < this.#patience
  }

  get #patience(): number {
    const { tokens } = this.#inbox.items
    if (tokens < MANY_UNITS) return COMPANY_MS
    return this.#unsent * FEW < tokens ? LONGEST_COMPANY_MS : LONG_COMPANY_MS
  }

  /** Whether the pool can read what was not sent. */
  #isWritten(): boolean {
    if (this.#unwritten || this.#journal?.commit() !== true) return false
    this.#writings++
    return true
  }

  /** Nothing of what was said has to be sent before the next turn goes on with what is in hand. */
  #rests(goesOn: boolean): void {
    if (this.#unsent === 0) return
    // What took too long to wait for is followed by more of that kind.
    if (goesOn && this.#tookLong) return this.#flush()
    if (goesOn && this.#isWritten()) return
    this.#journal?.send(this.#outbox)
    if (this.#leaving) return
    this.#leaving = true
    this.#context.turn.next(this.#turnOver)
  }

  /** Unless more was said meanwhile, it went with the turn. */
  readonly #turnOver = (): void => {
    if (this.#leaving) this.#sent()
    this.#leaving = false
  }

  #flush(): void {
    this.#journal?.send(this.#outbox)
    this.#context.turn.flush(true)
    this.#sent()
  }

  #sent(): void {
    // Some of it waits until it may be sent.
    if (this.#outbox.waiting > 0 || !this.#context.link.hasLeft) return
    this.#unsent = 0
    this.#unwritten = false
    this.#journal?.clear()
    if (this.#writings >= MANY_WRITINGS && !this.#sharing) this.#share()
  }

  /** That takes a while, for once. */
  #share(): void {
    this.#sharing = true
    if (this.#claims?.share() !== true) return
    this.#journal = this.#claims.journal
    this.#say([0, 0, null, Reply.SHARES])
  }

  #undecodable(number: number, error: unknown): void {
    this.#say([number, 0, error, Reply.FAILED])
    this.#units.pump()
  }

  #refusalOf(word: ReplyWord): unknown {
    try {
      const encoded = encode(word)
      checkLength(encoded, this.#context.maxFrame)
      if (encoded.refs !== undefined) checkRefs(encoded.refs, this.#context)
      return undefined
    } catch (error) {
      // Blobs are read when the word is said.
      return error instanceof UnreadBlobs
        ? undefined
        : (error ?? new EncodeError('it threw undefined when it was read'))
    }
  }

  /** What is said of a unit is heard in that order, also if something of it, a Blob, has to be read before it can be sent. */
  #say(word: ReplyWord, refused = nobodyCares as (reason: unknown) => void, now = this.#context.clock.now()): void {
    if (this.#unsent++ === 0) this.#waitingSince = now
    this.#leaving = false
    if (this.#write(word)) return
    this.#pass(word)
    this.#journal?.send(this.#outbox)
    this.#unwritten = true
    const before = this.#late.size > 0 ? this.#late.get(word[0]) : undefined
    const late =
      before === undefined ? this.#outbox.post(word, refused) : before.then(() => this.#outbox.post(word, refused))
    if (late !== undefined) this.#sayLate(word, late)
  }

  /**
   * Whether the journal has it: then it leaves from there. That is for what is complete by itself: the end of a unit whose
   * values have gone past the journal could be read there before they come.
   */
  #write(word: ReplyWord): boolean {
    const [number, , , reply] = word
    if (this.#journal === undefined || !isComplete(reply)) return false
    if (this.#past.size > 0 && this.#past.has(number)) return false
    return !this.#late.has(number) && this.#journal.note(word)
  }

  #pass([number, , , reply]: ReplyWord): void {
    if (reply === Reply.MORE || reply === Reply.BEGUN) this.#past.add(number)
    else if (this.#past.size > 0) this.#past.delete(number)
  }

  #sayLate(word: ReplyWord, late: Promise<void>): void {
    const over = late.then(() => {
      if (this.#late.get(word[0]) === over) this.#late.delete(word[0])
    })
    this.#late.set(word[0], over)
  }

  /** Results of short tasks leave together; a long one must not keep them. */
  #rested(now: number, began: number): void {
    if (this.#unsent > 0 && now - this.#waitingSince >= this.#patience) this.#flush()
    this.#tookLong = now - began >= this.#patience
    if (this.#memory && now - this.#memoryAt >= MEMORY_MS) {
      this.#memoryAt = now
      this.#say([0, 0, this.#host.memoryUsed!(), Reply.MEMORY])
    }
    if (this.#runner.count === 0) {
      this.#onRest?.()
      if (this.#dying) return this.#die()
    }
    this.#units.pump()
  }
}

/** Whether nothing more is said of a unit of which this is said, and nothing else need have been. */
function isComplete(reply: number | undefined): boolean {
  return reply === undefined || reply === Reply.DONE || reply === Reply.FAILED || reply === Reply.LAST
}
