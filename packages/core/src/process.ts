import { offAbort, onAbort } from './abort-signal.ts'
import { UnreadBlobs } from './blob.ts'
import { type Encoded, encode, encodeAlone, ownCopy } from './codec.ts'
import { currentProcess } from './current-process.ts'
import { type Deferred, deferred } from './deferred.ts'
import {
  BootstrapError,
  type DeathReport,
  type MillraceError,
  OutOfMemoryError,
  ProcessDiedError,
  ValueError,
} from './errors.ts'
import { Frame } from './frame.ts'
import { FrameWriter } from './frame-writer.ts'
import { STAYS } from './handle.ts'
import type { WaitOptions } from './lessee.ts'
import { getLogger } from './logging.ts'
import { checkWait } from './options.ts'
import { checkLength } from './outbox.ts'
import { type Kind, platform, type ResourceLimits, type Spawned, type Stdio } from './platform.ts'
import type { Claims } from './pool/claims.ts'
import { TOLD } from './pool/effects.ts'
import { fromElsewhere } from './pool/remote-errors.ts'
import { checkedArgs, checkedKind, checkedLimits, checkedStdio, type ProcessOptions } from './process-options.ts'
import { Queue } from './queue.ts'
import type { Input, Order, Outcome } from './run-child.ts'
import { adopt, runtime } from './runtime.ts'
import { defaultKind } from './start-kind.ts'
import { BUILTIN, isTask, moduleOf, type Task, type TaskSource } from './task-module.ts'
import { READY, type Waitable } from './waiting.ts'
import { describeProcess } from './who-is.ts'

type State =
  | { readonly is: 'new' }
  | { readonly is: 'running'; readonly spawned: Spawned; readonly control: Queue<'terminate'> }
  | { readonly is: 'ended'; readonly report: DeathReport }
  | { readonly is: 'failed'; readonly error: MillraceError }
  | { readonly is: 'closed' }

/** What a function that was called in a process comes to: an Effect is run there, and of a Stream all values are the result. */
export type Returned<R> = R extends { readonly '~effect/Effect': { readonly _A: (_: never) => infer A } }
  ? Returned<A>
  : R extends { readonly '~effect/Stream': { readonly _A: (_: never) => infer A } }
    ? A[]
    : R

/** What a process runs. */
interface Target {
  /** From what it is started. */
  readonly source: TaskSource | null
  /** What it loads. */
  readonly module: string | null
  readonly export: string | null
  readonly isClass: boolean
  readonly fields: object
}

/** Stands for a task: what the worker of a pool, or a stage of a pipeline, runs is Millrace's own. */
export class BuiltinWork {
  /** The task module of its first task, where one is known: it says from what the worker is started. */
  readonly source: TaskSource | null
  readonly what: 'pool' | 'stage'
  /** What is loaded before anything else is decoded there: its classes may be in what the worker is given. */
  readonly preload: string | null

  constructor(source: TaskSource | null, what: 'pool' | 'stage' = 'pool', preload: string | null = null) {
    this.source = source
    this.what = what
    this.preload = preload
  }
}

const children = new Set<Process<never, never>>()
let started = 0

/** How long a process that was asked to terminate may take, in milliseconds, before it is made to. */
const GRACE = 1_000

/**
 * A function that runs in a process of its own: Python's `multiprocessing.Process`.
 *
 * The function comes from a task module; the importing program is never run again in the child. A subclass may
 * override `run` instead: it then says `static readonly module = import.meta.url`, exports itself under its own name,
 * and its enumerable fields travel.
 *
 * @example
 * const p = new Process(tasks.square, { args: [3] }).start()
 * console.log(await p.result) // 9
 * await p.join()
 */
export class Process<Result = unknown, Args extends readonly unknown[] = []> implements Waitable {
  /** Where a subclass that overrides `run` is declared: `import.meta.url`. */
  static readonly module?: TaskSource

  /** @internal */
  get [STAYS](): string {
    return 'send what it is to be told through a queue or a pipe'
  }
  readonly #task: unknown
  readonly #args: readonly unknown[]
  readonly #stdio: Stdio
  readonly #detached: boolean
  readonly #kind: Kind
  readonly #resourceLimits: ResourceLimits | undefined
  readonly #name: string
  readonly #told: unknown
  #daemon: boolean
  #state: State = { is: 'new' }
  readonly #result: Deferred<Returned<Result>>
  readonly #ended: Deferred<void>
  /** Whoever waits for its end, until then or for a time. */
  readonly #onEnded = new Set<() => void>()

  constructor(
    task: Task<Args, Result>,
    ...rest: [] extends Args
      ? [options?: ProcessOptions<Args>]
      : [options: ProcessOptions<Args> & { args: Readonly<Args> }]
  )
  constructor(task?: undefined, options?: ProcessOptions<[]>)
  constructor(task?: unknown, options: ProcessOptions<Args> | ProcessOptions<[]> = {}) {
    this.#task = task
    this.#args = checkedArgs(options)
    this.#stdio = checkedStdio(options.stdio)
    this.#detached = options.detached ?? false
    this.#kind = checkedKind(options.kind ?? defaultKind())
    this.#resourceLimits = checkedLimits(options.resourceLimits)
    this.#name = options.name ?? defaultName()
    this.#told = options[TOLD]
    this.#daemon = options.daemon ?? currentProcess().daemon
    this.#result = deferred()
    this.#ended = deferred()
    // Whoever does not look at the result sees the error on stderr; it must not end this program as well.
    this.#result.promise.catch(() => {})
    this.#ended.promise.catch(() => {})
  }

  /** What runs in the process when no task was given. */
  run(): unknown {
    return undefined
  }

  /**
   * Starts the process. Returns at once; the process needs some tens of milliseconds to be up.
   *
   * @throws TypeError if the target is no task of a task module
   * @throws EncodeError if an argument cannot travel
   * @throws BootstrapError while a task module is loading
   * @throws ValueError if it was started before
   */
  start(): this {
    if (this.#state.is !== 'new') throw new ValueError(`process ${this.name} was started already; make a new one`)
    const here = runtime()
    if (here.loading)
      throw new BootstrapError(
        `process ${this.name} was started while the task module of ${currentProcess().name} was loading: ` +
          'start processes inside functions, or keep tasks in a module of their own',
      )
    const target = this.#target()
    const path = here.context.newChildPath()
    const what: Input = { args: this.#args, fields: target.fields }
    const encoded = checked(what, here.context.maxFrame)
    const spare = this.#detached ? spareOf(encoded, here.context.maxFrame) : null
    const input = new Queue<Input>({ maxsize: 1 }).unref()
    const result = new Queue<Outcome>({ maxsize: 1 }).unref()
    const control = new Queue<'terminate'>().unref()
    const me = currentProcess()
    const order: Order = {
      name: this.name,
      daemon: this.#daemon,
      detached: this.#detached,
      authKey: me.authKey,
      logLevel: getLogger().level,
      parent: { pid: me.pid, name: me.name },
      kind: this.#kind,
      carried: here.hub === undefined,
      module: target.module,
      export: target.export,
      preload: this.#task instanceof BuiltinWork ? this.#task.preload : null,
      isClass: target.isClass,
      told: this.#told ?? null,
      input,
      spare,
      result,
      control,
    }
    const payload = encodeAlone(order).bytes
    const spawned = platform().spawn({
      kind: this.#kind,
      path,
      name: this.name,
      source: target.source ?? undefined,
      stdio: this.#stdio,
      maxFrame: here.context.maxFrame,
      detached: this.#detached,
      daemon: this.#daemon,
      resourceLimits: this.#resourceLimits,
      claims: this.#task instanceof BuiltinWork && this.#task.what === 'pool',
    })
    // Only now, when it is sure to be started, are connections handed over.
    input.put(what).catch((error) => {
      // It would wait for them for ever.
      this.#result.reject(error)
      spawned.kill('SIGKILL')
    })
    const gone = deferred<void>()
    // The child's first words must not overtake what was done here before it was started: making its queues, say.
    here.context.turn.flushThen(() => {
      spawned.transport.send(new FrameWriter().begin(Frame.START).bytes(payload).take())
      adopt(here, spawned.transport, () => gone.resolve(), describeProcess(this.name, path, spawned.pid))
    })
    this.#state = { is: 'running', spawned, control }
    children.add(this as never)
    getLogger().info(`started process ${this.name} (pid ${spawned.pid})`)
    void this.#watch(spawned, input, result, gone.promise)
    return this
  }

  /**
   * Resolves when the process has ended, or after `timeout` ms. How it ended is in `exitCode`.
   *
   * @throws ValueError before `start()` or after `close()`
   * @throws StartError if it could not be started
   */
  async join(options: { timeout?: number | undefined } = {}): Promise<void> {
    checkWait(options)
    const { timeout } = options
    if (this.#state.is === 'closed') throw this.#closedError()
    if (this.#state.is === 'new') throw new ValueError(`process ${this.name} cannot be joined before it is started`)
    if (this.#state.is === 'failed') throw this.#state.error
    if (this.#state.is !== 'running') return timeout === undefined ? this.#ended.promise : undefined
    if (timeout !== undefined && !(timeout > 0)) return
    if (await this[READY]({ timeout })) await this.#ended.promise
  }

  /** @internal Ready when it has ended: for `wait`. Even a daemon keeps this process while somebody waits for it. */
  [READY]({ timeout, signal }: WaitOptions): Promise<boolean> {
    if (this.#state.is === 'closed') return Promise.reject(this.#closedError())
    if (this.#state.is === 'new') return Promise.reject(new ValueError(`process ${this.name} has not been started`))
    if (this.#state.is !== 'running' || (timeout !== undefined && !(timeout > 0)))
      return Promise.resolve(this.#state.is !== 'running')
    const { context } = runtime()
    context.pending(1)
    return new Promise((resolve) => {
      const settle = (ready: boolean) => {
        if (!this.#onEnded.delete(onEnded)) return
        context.clock.clearTimer(timer)
        if (signal !== undefined) offAbort(signal, onAborted)
        context.pending(-1)
        resolve(ready)
      }
      const onEnded = () => settle(true)
      const onAborted = () => settle(false)
      const timer = timeout === undefined ? undefined : context.clock.setTimer(() => settle(false), timeout)
      if (signal !== undefined) onAbort(signal, onAborted)
      this.#onEnded.add(onEnded)
    })
  }

  /**
   * Asks the process to stop: `currentProcess().signal` is aborted there, and once its function has returned, or at
   * once if it does not use the signal, it dies of SIGTERM. After `grace` ms (1,000) it is sent SIGTERM from outside,
   * and after as many again SIGKILL. Its own children go with it. Resolves when the request is made.
   *
   * @throws ValueError before `start()` or after `close()`
   */
  async terminate({ grace = GRACE }: { grace?: number } = {}): Promise<void> {
    const running = this.#running('terminated')
    if (running === undefined) return
    const { clock } = runtime().context
    const later = clock.setTimer(() => {
      running.spawned.kill('SIGTERM')
      const last = clock.setTimer(() => running.spawned.kill('SIGKILL'), Math.max(grace, 100))
      void this.#ended.promise.finally(() => clock.clearTimer(last)).catch(() => {})
    }, grace)
    void this.#ended.promise.finally(() => clock.clearTimer(later)).catch(() => {})
    await running.control.put('terminate')
  }

  /** Kills the process with SIGKILL, and its children with it; nothing of it runs any more. */
  async kill(): Promise<void> {
    this.#running('killed')?.spawned.kill('SIGKILL')
  }

  /**
   * Lets go of the object; every method then rejects. Closing twice does no harm.
   * @throws ValueError while the process is running
   */
  async close(): Promise<void> {
    if (this.#state.is === 'running')
      throw new ValueError(`process ${this.name} is still running: join() or terminate() it before close()`)
    this.#state = { is: 'closed' }
  }

  /** @throws ValueError after `close()` */
  async isAlive(): Promise<boolean> {
    if (this.#state.is === 'closed') throw this.#closedError()
    return this.#state.is === 'running'
  }

  /**
   * What the function returned. Rejects with what it threw: same class if that is known here, same message, own
   * properties and cause, and the stack of the process that threw it. Rejects with ProcessDiedError if the process
   * ended before.
   */
  get result(): Promise<Returned<Result>> {
    return this.#result.promise
  }

  /** The exit code, or the negative number of the signal that killed it; null while it has not ended. */
  get exitCode(): number | null {
    return this.#state.is === 'ended' ? this.#state.report.exitCode : null
  }

  /** What it is called: `Process-1` and so on unless it was given a name. */
  get name(): string {
    return this.#name
  }

  /** Its process id, once it runs; a thread has that of the program. */
  get pid(): number | undefined {
    if (this.#state.is === 'running') return this.#state.spawned.pid
    return this.#state.is === 'ended' ? this.#state.report.pid : undefined
  }

  /** @internal Resolves when it has ended, and keeps nobody for that; rejects if it could not be started. */
  get ended(): Promise<void> {
    return this.#ended.promise
  }

  /** @internal The claims to what it is handed ahead of need, while it runs. */
  get claims(): Claims | undefined {
    return this.#state.is === 'running' ? this.#state.spawned.claims : undefined
  }

  /** The same as `pid`: Python's `ident`. */
  get ident(): number | undefined {
    return this.pid
  }

  /** How it runs: as a child process, a thread, or a Web Worker. */
  get kind(): Kind {
    return this.#kind
  }

  /** Which thread of this process it is, while it runs as one. */
  get threadId(): number | undefined {
    return this.#state.is === 'running' ? this.#state.spawned.threadId : undefined
  }

  /** Whether it ends with this process, which then does not wait for it. */
  get daemon(): boolean {
    return this.#daemon
  }

  /** @throws ValueError once it was started */
  set daemon(daemon: boolean) {
    if (this.#state.is !== 'new') throw new ValueError('daemon cannot be changed: the process has already started')
    this.#daemon = daemon
  }

  /** The secret that the tree of processes shares: Python's `authkey`. */
  get authKey(): Uint8Array {
    return currentProcess().authKey
  }

  /** The process's standard input, of the platform's kind, with stdio `'pipe'`. */
  get stdin(): unknown {
    return this.#state.is === 'running' ? this.#state.spawned.stdin : undefined
  }

  /** The process's standard output, of the platform's kind, with stdio `'pipe'`. */
  get stdout(): unknown {
    return this.#state.is === 'running' ? this.#state.spawned.stdout : undefined
  }

  /** The process's standard error, of the platform's kind, with stdio `'pipe'`. */
  get stderr(): unknown {
    return this.#state.is === 'running' ? this.#state.spawned.stderr : undefined
  }

  async #watch(spawned: Spawned, input: Queue<Input>, result: Queue<Outcome>, gone: Promise<void>): Promise<void> {
    const outcome = result.get().then(
      (value) => this.#settle(value),
      (error) => this.#result.reject(error),
    )
    try {
      const report = await spawned.ended
      await gone
      children.delete(this as never)
      getLogger().info(`process ${this.name} ended with exit code ${report.exitCode}`)
      this.#state = { is: 'ended', report }
      // What it had sent before it ended is ahead of the answer to this.
      await result.qsize().catch(() => {})
      this.#result.reject(new (report.outOfMemory ? OutOfMemoryError : ProcessDiedError)(this.name, report))
      this.#ended.resolve()
    } catch (error) {
      children.delete(this as never)
      this.#state = { is: 'failed', error: error as MillraceError }
      this.#result.reject(error)
      this.#ended.reject(error)
    }
    for (const tell of [...this.#onEnded]) tell()
    // What it never took is nobody's now.
    input.release()
    await result.close()
    await outcome
  }

  #settle(outcome: Outcome): void {
    if (outcome.ok) this.#result.resolve(outcome.value as Returned<Result>)
    else this.#result.reject(fromElsewhere(outcome.error))
  }

  #target(): Target {
    const type = this.constructor as typeof Process
    if (this.#task instanceof BuiltinWork)
      return { source: this.#task.source, module: BUILTIN, export: this.#task.what, isClass: false, fields: {} }
    if (this.#task === undefined) {
      if (this.run === Process.prototype.run)
        return { source: null, module: null, export: null, isClass: false, fields: {} }
      if (type.module === undefined)
        throw new TypeError(
          `class ${type.name} overrides run(): declare static readonly module = import.meta.url in it`,
        )
      const { module: source, name } = type
      return { source, module: moduleOf(source), export: name, isClass: true, fields: { ...this } }
    }
    if (!isTask(this.#task))
      throw new TypeError(
        `process ${this.name} was given ${typeof this.#task === 'function' ? 'a function' : String(this.#task)}, which ` +
          'cannot leave this process: export the function from a module and name that with taskModule()',
      )
    const { source, name } = this.#task
    return { source, module: moduleOf(source), export: name, isClass: false, fields: {} }
  }

  #running(what: string): (State & { is: 'running' }) | undefined {
    if (this.#state.is === 'closed') throw this.#closedError()
    if (this.#state.is === 'new') throw new ValueError(`process ${this.name} cannot be ${what} before it is started`)
    return this.#state.is === 'running' ? this.#state : undefined
  }

  #closedError(): ValueError {
    return new ValueError(`process ${this.name} object is closed`)
  }
}

/**
 * The input as it would travel; undefined if there are Blobs in it, which have to be read first.
 * @throws EncodeError if an argument cannot travel
 */
function checked(input: Input, maxFrame: number): Encoded | undefined {
  try {
    const encoded = encode(input)
    checkLength(encoded, maxFrame)
    return encoded
  } catch (error) {
    if (error instanceof UnreadBlobs) return undefined
    throw error
  }
}

/** The input for a process that may outlive the queue in which that waits; none if it is large, or has Blobs in it. */
function spareOf(input: Encoded | undefined, maxFrame: number): Uint8Array | null {
  if (input === undefined || input.end - input.start > maxFrame / 2) return null
  return ownCopy(input).bytes
}

/** The processes that this one has started and that have not ended: Python's `active_children()`. */
export function activeChildren(): Array<Process<unknown>> {
  return [...children] as Array<Process<unknown>>
}

/** As in Python: `Process-1`; the second child of `Process-1` is `Process-1:2`. */
function defaultName(): string {
  const mine = currentProcess().name
  started++
  return mine === 'MainProcess' ? `Process-${started}` : `${mine}:${started}`
}
