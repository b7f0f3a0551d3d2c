import { platform } from './platform.ts'
import { runtime } from './runtime.ts'

declare const AbortController: new () => { readonly signal: StopSignal; abort(reason?: unknown): void }

/** The platform's own `AbortSignal`. */
export type StopSignal = typeof globalThis extends { AbortSignal: { prototype: infer Signal extends BareSignal } }
  ? Signal
  : BareSignal

/** What every platform's has. */
interface BareSignal {
  readonly aborted: boolean
  readonly reason: unknown
  throwIfAborted(): void
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** What a context knows of itself. */
interface Identity {
  readonly name: string
  readonly daemon: boolean
  readonly authKey: Uint8Array
  readonly parent: { readonly pid: number; readonly name: string } | undefined
}

/** The process that runs this code: Python's `current_process()`. */
export class CurrentProcess {
  /** What it was called when it was started; `MainProcess` in the main program. */
  readonly name: string
  /** Whether it ends with the process that started it, without being waited for. */
  readonly daemon: boolean
  /** A secret that the whole tree of processes shares: Python's `authkey`. */
  readonly authKey: Uint8Array
  /** As for any process that has not ended. */
  readonly exitCode = null
  readonly #stop = new AbortController()
  #signalUsed = false
  #onStop: (() => void) | undefined

  constructor({ name, daemon, authKey }: Identity) {
    this.name = name
    this.daemon = daemon
    this.authKey = authKey
  }

  /** The id of this process; a thread has that of the program. */
  get pid(): number {
    return platform().pid
  }

  /** The same as `pid`: Python's `ident`. */
  get ident(): number {
    return this.pid
  }

  /**
   * Aborted when somebody calls `terminate()` on this process: finish what must be finished, then return. Whoever does
   * not use it is ended at once.
   */
  get signal(): StopSignal {
    this.#signalUsed = true
    return this.#stop.signal
  }

  /** Always true: whoever asks, lives. */
  async isAlive(): Promise<boolean> {
    return true
  }

  /** @internal Asks user code to stop; false if it does not listen. */
  stop(): boolean {
    this.#stop.abort(new Error(`process ${this.name} was asked to terminate`))
    this.#onStop?.()
    return this.#signalUsed || this.#onStop !== undefined
  }

  /** @internal Somebody else sees to it that this process ends when it is asked to. */
  onStop(listener: () => void): void {
    this.#onStop = listener
  }
}

/** The process that started this one: Python's `parent_process()`. */
export interface ParentProcess {
  /** The id of the process. */
  readonly pid: number
  /** What it is called. */
  readonly name: string
  /** Whether it has not ended yet. */
  isAlive(): Promise<boolean>
}

let current: CurrentProcess | undefined
let parent: ParentProcess | undefined

/** The process that runs this code. */
export function currentProcess(): CurrentProcess {
  current ??= new CurrentProcess({
    name: 'MainProcess',
    daemon: false,
    authKey: crypto.getRandomValues(new Uint8Array(32)),
    parent: undefined,
  })
  return current
}

/** The process that started this one; null in the main program. */
export function parentProcess(): ParentProcess | null {
  return parent ?? null
}

/** How many processors this program may use: Python's `cpu_count()`. */
export function cpuCount(): number {
  return platform().cpuCount()
}

/** Called once in a started context, before its task module is loaded. */
export function becomeProcess(identity: Identity): CurrentProcess {
  current = new CurrentProcess(identity)
  if (identity.parent !== undefined) {
    const { context } = runtime()
    parent = { ...identity.parent, isAlive: async () => !context.link.closed }
  }
  return current
}
