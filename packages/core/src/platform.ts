import type { DeathReport } from './errors.ts'
import type { Transport } from './transport.ts'

/** Where a process's standard streams go. */
export type Stdio = 'inherit' | 'pipe' | 'ignore'

export interface SpawnRequest {
  /** The new context's name in the tree. */
  readonly path: string
  readonly name: string
  /** The URL of the module that it will load, if any: the platform may have to make it loadable. */
  readonly module: string | undefined
  readonly stdio: Stdio
  readonly maxFrame: number
  /** Stays when its parent dies. */
  readonly detached: boolean
  /** Does not keep its parent from ending. */
  readonly daemon: boolean
}

/** A context that the platform has started, or is starting. */
export interface Spawned {
  readonly pid: number | undefined
  readonly transport: Transport
  /** The standard streams, with stdio `'pipe'`; of the platform's own kind. */
  readonly stdin: unknown
  readonly stdout: unknown
  readonly stderr: unknown
  kill(signal: 'SIGTERM' | 'SIGKILL'): void
  /** Resolves when it has ended and its standard error was read; rejects with StartError if it never ran. */
  readonly ended: Promise<DeathReport>
}

/** What a platform adds to the core. */
export interface Platform {
  spawn(request: SpawnRequest): Spawned
  readonly pid: number
  cpuCount(): number
}

/** One per realm, even if this module is loaded twice. */
const SLOT = Symbol.for('millrace.platform.1')
const realm = globalThis as { [SLOT]?: Platform }

export function installPlatform(platform: Platform): void {
  realm[SLOT] = platform
}

/** @throws TypeError where no platform package was imported. */
export function platform(): Platform {
  const installed = realm[SLOT]
  if (installed === undefined)
    throw new TypeError('import from @millrace/node or @millrace/browser: the core alone starts no processes')
  return installed
}
