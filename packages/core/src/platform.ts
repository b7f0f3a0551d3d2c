import type { Arena } from './arena.ts'
import type { Connector } from './connector.ts'
import { type DeathReport, StartError } from './errors.ts'
import type { ManagerHost } from './manager-host.ts'
import type { Claims } from './pool/claims.ts'
import type { TaskScope } from './pool/current-task.ts'
import type { TaskSource } from './task-module.ts'
import type { Transport } from './transport.ts'

/** Where a process's standard streams go. */
export type Stdio = 'inherit' | 'pipe' | 'ignore'

/** How a process runs: as a child process, as a thread of this one, or as a Web Worker. */
export type Kind = 'process' | 'thread' | 'worker'

/** Limits of a process's JavaScript heap and stack, in MiB; the platform's own where none is given. */
export interface ResourceLimits {
  /** The heap for what lives long, in MiB. */
  readonly maxOldGenerationSizeMb?: number
  /** The heap for what is new, in MiB. */
  readonly maxYoungGenerationSizeMb?: number
  /** The stack, in MiB. */
  readonly stackSizeMb?: number
}

export interface SpawnRequest {
  readonly kind: Kind
  /** The new context's name in the tree. */
  readonly path: string
  readonly name: string
  /** The URL of the module that it will load, or what makes the worker that has loaded it; none: no module. */
  readonly source: TaskSource | undefined
  readonly stdio: Stdio
  readonly maxFrame: number
  /** Stays when its parent dies. */
  readonly detached: boolean
  /** Does not keep its parent from ending. */
  readonly daemon: boolean
  readonly resourceLimits: ResourceLimits | undefined
  /** Will be handed tasks ahead of need: it and its starter share claims to them, if the platform has such. */
  readonly claims: boolean
}

/** A context that the platform has started, or is starting. */
export interface Spawned {
  readonly pid: number | undefined
  /** Which thread of that process it is, if it is not a process of its own. */
  readonly threadId: number | undefined
  /** The starter's end of the claims, if they were asked for and there are such. */
  readonly claims?: Claims | undefined
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
  /** The kinds of process that it can start; the first is what is started unless said otherwise. */
  readonly kinds: readonly Kind[]
  spawn(request: SpawnRequest): Spawned
  readonly pid: number
  cpuCount(): number
  /** Memory that all contexts of the tree share, if there is any. */
  readonly arena?: Arena | undefined
  /** Starts managers in processes of their own, and connects to them, if it can. */
  readonly managers?: ManagerHost | undefined
  /** Connects contexts of the tree to each other, if it can. */
  readonly connector?: Connector | undefined
  /** Tells tasks apart that run side by side in one worker, if it can. */
  readonly taskScope?: (() => TaskScope) | undefined
}

/** One per realm, even if this module is loaded twice. */
const SLOT = Symbol.for('millrace.platform.1')
const realm = globalThis as { [SLOT]?: Platform }

export function installPlatform(platform: Platform): void {
  realm[SLOT] = platform
}

/** The arena, where a platform was imported that has one. */
export function arena(): Arena | undefined {
  return realm[SLOT]?.arena
}

/** The process id, where a platform was imported. */
export function pid(): number | undefined {
  return realm[SLOT]?.pid
}

/** The connector, where a platform was imported that has one. */
export function connector(): Connector | undefined {
  return realm[SLOT]?.connector
}

/** @throws StartError where managers can have no processes of their own */
export function managers(): ManagerHost {
  const host = platform().managers
  if (host !== undefined) return host
  throw new StartError('a manager can have no process of its own on this platform: make it without { process: true }')
}

/** @throws TypeError where no platform package was imported. */
export function platform(): Platform {
  const installed = realm[SLOT]
  if (installed === undefined)
    throw new TypeError('import from @millrace/node or @millrace/browser: the core alone starts no processes')
  return installed
}
