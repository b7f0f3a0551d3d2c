import { CallChannel } from './call-channel.ts'
import type { Context } from './context.ts'
import { type DeathReport, StartError } from './errors.ts'
import { HANDLE, type HandleState } from './handle.ts'
import { connectionTo, type ManagerConnection } from './manager-connection.ts'
import type { ManagerProcess, ManagerRequest } from './manager-host.ts'
import { managers } from './platform.ts'
import { managerClosed } from './revoked.ts'
import { runtime } from './runtime.ts'
import { SharedMap } from './shared-map.ts'
import type { StoredValues } from './stored-values.ts'

/** Where the objects of a manager are. */
export interface ManagerHome {
  /** The context in which they are made. */
  readonly context: Context
  /** What is published there, by name. */
  readonly published: SharedMap<string, unknown>
  /** What makes instances of registered classes there; undefined: nothing does. */
  readonly classes: StoredValues | undefined
  readonly address: string | undefined
  readonly pid: number | undefined
  readonly exitCode: number | null
  /** A handle was made. */
  made(handle: object): void
  shutdown(): Promise<void>
}

/** In the hub of the program's own tree. */
export class TreeHome implements ManagerHome {
  readonly context = runtime().context
  readonly classes = undefined
  readonly address = undefined
  readonly pid = undefined
  readonly #channel: CallChannel
  #exitCode: number | null = null

  readonly #published: SharedMap<string, unknown>

  constructor() {
    this.#channel = new CallChannel(this.context, this, this.context.newId(), 'manager', {})
    this.#published = new SharedMap<string, unknown>()
    this.made(this.#published)
  }

  get published(): SharedMap<string, unknown> {
    return this.#published
  }

  get exitCode(): number | null {
    return this.#exitCode
  }

  made(handle: object): void {
    this.#channel.tell('made', (handle as { readonly [HANDLE]: HandleState })[HANDLE].id)
  }

  async shutdown(): Promise<void> {
    if (this.#exitCode === 0) return
    this.#exitCode = 0
    await this.#channel.call('shutDown')
  }
}

/** How long a manager's process that was asked to end may take, in milliseconds, before it is killed. */
const GRACE = 2_000

/** In a process of its own, which ends with this. */
export class ProcessHome implements ManagerHome {
  readonly address: string
  readonly #process: ManagerProcess
  readonly #connection: ManagerConnection
  #report: DeathReport | undefined
  #shutdown: Promise<void> | undefined

  constructor(process: ManagerProcess, address: string, authKey: Uint8Array) {
    this.address = address
    this.#process = process
    this.#connection = connectionTo({ address, authKey })
    this.#connection.ending = process.ended.catch(() => ({ exitCode: null, signal: null }))
    process.ended.then(
      (report) => {
        this.#report = report
      },
      () => {},
    )
  }

  /** @throws what the initializer threw; StartError */
  static start(request: ManagerRequest): Promise<ProcessHome> {
    return keepingContext(ProcessHome.#start(request))
  }

  static async #start(request: ManagerRequest): Promise<ProcessHome> {
    const process = managers().start(request)
    const died = process.ended.then((report) => {
      const how = report.signal === null ? `exited with code ${report.exitCode}` : `was killed by ${report.signal}`
      throw new StartError(
        `the process of manager ${request.name} ${how} before it was ready\n${report.stderr}`.trimEnd(),
      )
    })
    died.catch(() => {})
    const address = await Promise.race([process.ready, died])
    const home = new ProcessHome(process, address, request.authKey)
    await home.#connection.ready
    return home
  }

  get context(): Context {
    return this.#connection.context
  }

  get published(): SharedMap<string, unknown> {
    return this.#connection.published
  }

  get classes(): StoredValues {
    return this.#connection.classes
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  get exitCode(): number | null {
    return this.#report?.exitCode ?? null
  }

  made(): void {}

  shutdown(): Promise<void> {
    this.#shutdown ??= keepingContext(this.#end())
    return this.#shutdown
  }

  async #end(): Promise<void> {
    const { clock } = runtime().context
    const timer = clock.setTimer(() => this.#process.kill(), GRACE)
    // What was asked before comes first.
    await this.published.size().catch(() => {})
    this.#process.stop()
    await this.#process.ended.catch(() => {})
    clock.clearTimer(timer)
    this.#connection.close(managerClosed())
  }
}

/** This process does not end before that is settled. */
async function keepingContext<T>(promise: Promise<T>): Promise<T> {
  const { context } = runtime()
  context.pending(1)
  try {
    return await promise
  } finally {
    context.pending(-1)
  }
}

/** In the process of a manager that somebody else started. */
export class ConnectedHome implements ManagerHome {
  readonly pid = undefined
  readonly exitCode = null
  readonly #connection: ManagerConnection

  constructor(connection: ManagerConnection) {
    this.#connection = connection
  }

  get address(): string {
    return this.#connection.home.address
  }

  get context(): Context {
    return this.#connection.context
  }

  get published(): SharedMap<string, unknown> {
    return this.#connection.published
  }

  get classes(): StoredValues {
    return this.#connection.classes
  }

  made(): void {}

  /** The manager goes on; it is for whoever started it to end it. */
  async shutdown(): Promise<void> {
    this.#connection.close(managerClosed())
  }
}
