import { encodeAlone } from './codec.ts'
import { currentProcess } from './current-process.ts'
import type { ManagerAddress, ManagerRequest } from './manager-host.ts'
import { checkOptions } from './options.ts'
import { managers } from './platform.ts'
import { runtime } from './runtime.ts'
import { isTask, type Task } from './task-module.ts'

/** How a manager is made. */
export interface ManagerOptions {
  /** Its objects live in a process of their own. */
  readonly process?: boolean | undefined
  /** The secret that whoever connects has to know; a string stands for its UTF-8; 32 random bytes unless given. */
  readonly authKey?: Uint8Array | string | undefined
  /** Where its process listens; unless given, at a Unix socket in a folder that only this user can enter. */
  readonly address?: ManagerAddress | undefined
  /** The module, by its absolute URL, that registers the classes of which it makes instances. */
  readonly module?: string | { readonly href: string } | undefined
  /** A task that its process runs before anything else. */
  readonly initializer?: Task<never, unknown> | undefined
  /** The arguments of `initializer`. */
  readonly initArgs?: readonly unknown[] | undefined
  /** How long whoever connects may take to prove that he knows the key, in milliseconds; 5,000 unless given. */
  readonly handshakeTimeout?: number | undefined
}

const OPTIONS = ['process', 'authKey', 'address', 'module', 'initializer', 'initArgs', 'handshakeTimeout']
const HANDSHAKE_MS = 5_000
let made = 0

/** @throws TypeError if there is no secret in it */
export function checkedKey(key: Uint8Array | string | undefined): Uint8Array {
  if (key === undefined) return crypto.getRandomValues(new Uint8Array(32))
  const bytes = typeof key === 'string' ? new TextEncoder().encode(key) : key
  if (!(bytes instanceof Uint8Array) || bytes.length === 0)
    throw new TypeError('authKey must be a string or bytes, and not empty')
  return new Uint8Array(bytes)
}

/**
 * What its process is started with; undefined if it is to have none.
 * @throws TypeError if the options make no sense
 */
export function requestOf(options: ManagerOptions, authKey: Uint8Array): ManagerRequest | undefined {
  checkOptions('a manager', options, OPTIONS)
  const { process, address, initializer, handshakeTimeout = HANDSHAKE_MS } = options
  if (process !== true) {
    const needy = (['address', 'module', 'initializer'] as const).find((name) => options[name] !== undefined)
    if (needy !== undefined)
      throw new TypeError(`${needy} is for managers with a process of their own: { process: true }`)
    return undefined
  }
  if (initializer !== undefined && !isTask(initializer))
    throw new TypeError('initializer must be a task of a task module: taskModule(...).name')
  if (typeof initializer?.source === 'function') throw new TypeError('initializer must be in a module with a URL')
  const named = typeof options.module === 'object' ? options.module.href : options.module
  if (named !== undefined && initializer !== undefined && initializer.source !== named)
    throw new TypeError('initializer must be in the module of the manager: it loads only one')
  if (!(handshakeTimeout > 0)) throw new TypeError(`handshakeTimeout must be positive, not ${handshakeTimeout}`)
  return {
    name: `${currentProcess().name}:manager-${++made}`,
    address: address === undefined ? undefined : managers().addressOf(address),
    authKey,
    module: named ?? initializer?.source,
    initializer: initializer?.name,
    initArgs: encodeAlone(options.initArgs ?? []).bytes,
    maxFrame: runtime().context.maxFrame,
    handshakeTimeout,
  }
}

declare const crypto: { getRandomValues(bytes: Uint8Array): Uint8Array }
