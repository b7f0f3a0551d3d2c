import { readSync, writeSync } from 'node:fs'
import type { Script } from 'node:vm'
import { openMemoryFile } from './memory-file.ts'

// Compiling the core takes a process longer than anything else of its start. So whoever starts processes hands them
// the code that V8 has made of it here, in a file that is memory only and has no name. A process that cannot use it,
// because it runs on another Node, say, or with other flags, compiles for itself.
//
// What children run and their starter does not, the file lacks at first. Where processes are started again and again, one
// of them adds the code that it has at its end, which has that as well.

/** What this realm was handed, and what it can hand on: shared with the loader of the script, see scripts/bundle.mjs. */
interface Slot {
  readonly handed?: { readonly key: string; readonly code: Uint8Array } | undefined
  /** Where the module is that evaluates the script, for who would have to search for it. */
  readonly path?: string | undefined
  readonly own?: { readonly key: string; readonly script: Script; readonly path: string }
}

const SLOT = Symbol.for('millrace.code.1')
const major = Number.parseInt(process.versions.node, 10)
const realm = globalThis as { [SLOT]?: Slot }

/** The length of the code, and of which script it is: its key. Written last, so that nobody takes half of it. */
const HEADER = 4 + 32

/** Where in the file the code of the starter begins, with its header, and that of a child: there is room between them. */
const STARTED_WITH = 0
const ENDED_WITH = 16 * 1024 * 1024

let file: number | undefined
let state: 'none' | 'empty' | 'filled' | 'inherited' = 'none'
/** How many children have ended, and whether one is to add its code when it ends. */
let ended = 0
let expected = false

/** The descriptor of the file for those that this realm starts; undefined where there is no such file system. */
export function codeCache(): number | undefined {
  if (state === 'none') {
    state = 'empty'
    file = openMemoryFile()
  }
  return file
}

/** Fills the file, once. To be called when a process was started, which takes longer to begin than this takes. */
export function fillCodeCache(): void {
  if (state !== 'empty') return
  state = 'filled'
  write(STARTED_WITH)
}

/** Where the core is, for those that this realm starts. */
export function corePath(): string | undefined {
  return realm[SLOT]?.own?.path
}

/**
 * Whether the child that is started next is to add its code: one at a time, none where all are started at once, and none of
 * those that an heir of the file starts.
 */
export function wantsCode(): boolean {
  if (state !== 'filled' || ended === 0 || expected || headerAt(file!, ENDED_WITH) !== undefined) return false
  expected = true
  return true
}

/** A child has ended, which was to add its code or not. */
export function codeMayHaveCome(wasWanted: boolean): void {
  ended++
  if (wasWanted) expected = false
}

/** Adds the code of this realm, for those that are started after it. */
export function addCode(): void {
  write(ENDED_WITH)
}

/** Takes the code from the file of whoever started this realm, and hands the same file on. */
export function inheritCode(fd: number | undefined, path?: string): void {
  // For all else that is loaded, where Node has it.
  if (process.env.NODE_V8_COVERAGE === undefined && major >= 22) {
    const { enableCompileCache } = process.getBuiltinModule('node:module') as { enableCompileCache?: () => void }
    enableCompileCache?.()
  }
  realm[SLOT] = { path: path || undefined, handed: fd ? read(fd) : undefined }
  file = fd || undefined
  state = 'inherited'
}

function write(at: number): void {
  const own = realm[SLOT]?.own
  if (file === undefined || own === undefined) return
  try {
    const code = own.script.createCachedData()
    const header = Buffer.alloc(HEADER)
    header.writeUInt32LE(code.length)
    header.write(own.key, 4, 'latin1')
    if (writeSync(file, code, 0, code.length, at + HEADER) === code.length) writeSync(file, header, 0, HEADER, at)
  } catch {
    // The file system is full. That is no reason to fail at the exit.
  }
}

function read(fd: number): Slot['handed'] {
  for (const at of [ENDED_WITH, STARTED_WITH]) {
    const header = headerAt(fd, at)
    if (header === undefined) continue
    const code = Buffer.allocUnsafeSlow(header.readUInt32LE())
    if (readSync(fd, code, 0, code.length, at + HEADER) === code.length)
      return { key: header.toString('latin1', 4), code }
  }
  return undefined
}

/** Undefined: there is no code. */
function headerAt(fd: number, at: number): Buffer | undefined {
  const header = Buffer.alloc(HEADER)
  try {
    return readSync(fd, header, 0, HEADER, at) === HEADER && header.readUInt32LE() > 0 ? header : undefined
  } catch {
    return undefined
  }
}
