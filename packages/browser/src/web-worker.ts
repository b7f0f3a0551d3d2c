import { type DeathReport, StartError } from '@millrace/core'
import { SharedClaims, type Spawned, type SpawnRequest, systemClock } from '@millrace/core/internal'
import { type Endpoint, endpointOf } from './endpoint.ts'
import { MessagePortTransport } from './message-port.ts'
import { newPid } from './pid.ts'
import { newSign, watchSign } from './vital-sign.ts'
import { type Hello, MARK, type Word } from './words.ts'

/** What a worker had posted when it was ended has arrived when it is gone, and after this time, in milliseconds. */
const LAST_WORDS_MS = 250
/** A worker in a busy loop is given a while by the browser before it is really ended; Chromium takes 2 s. */
const LAST_BREATH_MS = 10_000
/** Whoever has not called `expose()` by then probably never will, in milliseconds. */
const PATIENCE_MS = 10_000

type How = Pick<DeathReport, 'exitCode' | 'signal' | 'stderr'>

/**
 * Starts a process in what the function given to `taskModule()` makes: a Web Worker, or a context of a SharedWorker or
 * of a window.
 *
 * @throws StartError if that function throws
 * @throws TypeError at options that browsers have no means for
 */
export function spawnWorker(request: SpawnRequest): Spawned {
  return new WorkerProcess(request, endpointOf(make(request)))
}

function make({ name, source, stdio, detached, resourceLimits }: SpawnRequest): unknown {
  const refused = (what: string) => new TypeError(`process ${name}: ${what}`)
  if (stdio !== 'inherit')
    throw refused(`stdio must be 'inherit' in a browser, where workers have a console and no streams`)
  if (detached) throw refused('a browser ends workers with their page, so none can be detached')
  if (resourceLimits !== undefined) throw refused('a browser does not let a page limit the memory of its workers')
  if (typeof source !== 'function')
    throw refused('in a browser, give taskModule() a function that makes the worker: () => new Worker(new URL(...))')
  try {
    return source()
  } catch (cause) {
    throw new StartError(`process ${name}: its worker could not be made: ${String(cause)}`, { cause })
  }
}

type State =
  | { readonly is: 'silent' }
  /** It has called `expose()` and been told what to be. */
  | { readonly is: 'alive' }
  /** It was ended from here, or is gone; what it had sent is awaited. */
  | { readonly is: 'ending' }
  | { readonly is: 'ended' }

/**
 * A worker, seen from whoever started it.
 *
 * It ends in one of four ways, and `ended` settles once: with its last word; by an error before it was up; killed from
 * here; or without a word, which its lock tells.
 */
class WorkerProcess implements Spawned {
  readonly pid = newPid()
  readonly threadId = undefined
  readonly claims: SharedClaims | undefined
  readonly stdin = null
  readonly stdout = null
  readonly stderr = null
  readonly transport: MessagePortTransport
  readonly ended: Promise<DeathReport>
  readonly #name: string
  readonly #endpoint: Endpoint
  readonly #patience: ReturnType<typeof setTimeout>
  #state: State = { is: 'silent' }
  /** Resolves when its lock tells that it is gone; undefined where that cannot be known. */
  #gone: Promise<void> | undefined
  #settle!: (report: DeathReport) => void
  #refuse!: (error: StartError) => void

  constructor({ name, path, maxFrame, claims }: SpawnRequest, endpoint: Endpoint) {
    this.#name = name
    this.#endpoint = endpoint
    // Memory can be shared with what this page's own agents run, and if the page is isolated.
    const canShare = crossOriginIsolated && endpoint.terminate !== undefined
    this.claims = claims && canShare ? new SharedClaims() : undefined
    this.ended = new Promise((resolve, reject) => {
      this.#settle = resolve
      this.#refuse = reject
    })
    const { port1, port2 } = new MessageChannel()
    this.transport = new MessagePortTransport(port1, {
      shares: endpoint.terminate !== undefined,
      onWord: (word) => this.#heard(word),
      onClosed: () => this.#cut(),
    })
    endpoint.greet(this.#hello(path, maxFrame), port2)
    endpoint.onError((reason) => this.#failed(reason))
    this.#patience = setTimeout(() => this.#warn(), PATIENCE_MS)
    if (endpoint.terminate === undefined) this.#endWithPage()
  }

  #hello(path: string, maxFrame: number): Hello {
    // In a realm that is not for this context alone, another page may have started one of the same name.
    const unique = this.#endpoint.terminate === undefined ? `${path}@${this.pid}` : path
    return {
      mark: MARK,
      is: 'hello',
      path: unique,
      pid: this.pid,
      maxFrame,
      lock: newSign(),
      claims: this.claims?.memory,
    }
  }

  kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    void this.#end({ exitCode: signal === 'SIGTERM' ? -15 : -9, signal, stderr: '' })
  }

  #heard(word: Word): void {
    if (word.is === 'end') return this.#lastWord(word)
    if (this.#state.is === 'silent') this.#state = { is: 'alive' }
    clearTimeout(this.#patience)
    const { lock } = word
    if (lock === undefined) return
    this.#gone = new Promise((resolve) => watchSign(lock, this.#endpoint.foreign, resolve).catch(() => {}))
    void this.#gone.then(() => this.#vanished())
  }

  /** It is gone, perhaps not without a word: that comes another way than this news, and may come later. */
  async #vanished(): Promise<void> {
    const over = () => {}
    if (this.#state.is === 'alive') await within(LAST_WORDS_MS, this.ended.then(over, over))
    void this.#end(UNEXPLAINED)
  }

  #lastWord({ ran, ...how }: Word & { is: 'end' }): void {
    if (!ran && this.#state.is !== 'ending') return this.#failed(how.stderr)
    this.#conclude(how)
    this.transport.gone()
  }

  /** An error that the worker did not see to itself: it had not come so far. */
  #failed(reason: string): void {
    if (this.#state.is !== 'silent' && this.#state.is !== 'alive') return
    this.#state = { is: 'ended' }
    clearTimeout(this.#patience)
    this.#endpoint.terminate?.()
    this.transport.gone()
    this.#refuse(new StartError(`process ${this.#name} could not be started: ${reason}`))
  }

  /** The link is closed, so there is nothing left for it to live for. */
  #cut(): void {
    void this.#end({ exitCode: 1, signal: null, stderr: '' })
  }

  /** Ends it, unless it is ending already, and waits until it is gone, as far as that can be known. */
  async #end(how: How): Promise<void> {
    if (this.#state.is === 'ending' || this.#state.is === 'ended') return
    const hasSpoken = this.#state.is === 'alive' && this.#endpoint.terminate !== undefined
    this.#state = { is: 'ending' }
    this.#endpoint.terminate?.()
    if (hasSpoken) await within(LAST_WORDS_MS, this.#gone)
    // Behind the messages that have arrived by now.
    await new Promise<void>((resolve) => systemClock.defer(resolve))
    this.transport.close()
    if (hasSpoken && this.#gone !== undefined) await within(LAST_BREATH_MS, this.#gone)
    this.#conclude(how)
  }

  #conclude({ exitCode, signal, stderr }: How): void {
    this.#state = { is: 'ended' }
    clearTimeout(this.#patience)
    this.#settle({ pid: this.pid, exitCode, signal, stderr })
  }

  /** What lives on when this page is left has to be told. */
  #endWithPage(): void {
    const left = ({ persisted }: PageTransitionEvent) => {
      if (!persisted) this.transport.close()
    }
    addEventListener('pagehide', left)
    void this.ended.catch(() => {}).then(() => removeEventListener('pagehide', left))
  }

  #warn(): void {
    console.warn(
      `Millrace: process ${this.#name} has not begun after ${PATIENCE_MS / 1_000} s: does its worker call expose(tasks)?`,
    )
  }
}

const UNEXPLAINED: How = { exitCode: 1, signal: null, stderr: 'the worker closed itself, or crashed' }

/** Resolves when `event` happens, or after so many milliseconds. */
function within(ms: number, event: Promise<void> | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    void event?.then(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
