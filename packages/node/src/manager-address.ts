import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import type { ListenOptions } from 'node:net'
import { join, resolve } from 'node:path'
import type { ManagerAddress } from '@millrace/core/child'
import { ValueError } from '@millrace/core/child'

const TCP = /^tcp:(.*):(\d+)$/
/** The most bytes that the path of a Unix socket has, less the one that ends it. */
const LONGEST_PATH = process.platform === 'linux' ? 107 : 103
const SOCKET = 'socket'
const FOLDER = /^millrace-manager-(\d+)-/

/** An address as it travels: a path, or `tcp:host:port`. */
export function addressOf(given: ManagerAddress): string {
  if (typeof given === 'string') return TCP.test(given) ? given : checkPath(resolve(given))
  const { host, port } = given ?? {}
  if (typeof host !== 'string' || !Number.isInteger(port) || port < 0 || port > 65_535)
    throw new TypeError('the address of a manager is the path of a socket, or { host, port }')
  return `tcp:${host}:${port}`
}

/** What Node listens at, or connects to. */
export function endpointOf(address: string): ListenOptions & ({ path: string } | { host: string; port: number }) {
  const [, host, port] = TCP.exec(address) ?? []
  return host === undefined ? { path: address } : { host, port: Number(port) }
}

/** Of a module that only who makes or finds a manager's address needs. */
function tmpdir(): string {
  return process.getBuiltinModule('node:os').tmpdir()
}

function checkPath(path: string): string {
  const size = Buffer.byteLength(path)
  if (size <= LONGEST_PATH) return path
  throw new ValueError(
    `the path of a socket has at most ${LONGEST_PATH} bytes, and ${path} has ${size}: ` +
      'set TMPDIR to a shorter folder, or give the manager an address',
  )
}

/** A path in a new folder that only this user can enter. */
export function privateAddress(): { readonly address: string; readonly folder: string } {
  removeStale()
  const prefix = join(tmpdir(), `millrace-manager-${process.pid}-`)
  // Before anything is made that would be left over.
  checkPath(join(`${prefix}XXXXXX`, SOCKET))
  const folder = mkdtempSync(prefix)
  chmodSync(folder, 0o700)
  return { address: join(folder, SOCKET), folder }
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}

/** The folders of programs that were killed together with their managers. */
function removeStale(): void {
  for (const name of readdirSync(tmpdir())) {
    const owner = Number(FOLDER.exec(name)?.[1])
    if (Number.isNaN(owner) || isRunning(owner)) continue
    try {
      const folder = join(tmpdir(), name)
      if (statSync(folder).uid === process.getuid?.()) removeFolder(folder)
    } catch {
      // Somebody else was faster.
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
