import { readSync, writeSync } from 'node:fs'
import type { Script } from 'node:vm'
import { openMemoryFile } from './memory-file.ts'

// Compiling the core takes a process longer than anything else of its start. So whoever starts processes hands them
// the code that V8 has made of it here, in a file that is memory only and has no name. A process that cannot use it,
// because it runs on another Node, say, or with other flags, compiles for itself.

/** What this realm was handed, and what it can hand on: shared with the loader of the script, see scripts/bundle.mjs. */
interface Slot {
  handed?: { readonly key: string; readonly code: Uint8Array }
  readonly own?: { readonly key: string; readonly script: Script }
}

const SLOT = Symbol.for('millrace.code.1')
const major = Number.parseInt(process.versions.node, 10)
const realm = globalThis as { [SLOT]?: Slot }

/** The length of the code, and of which script it is: its key. Written last, so that nobody takes half of it. */
const HEADER = 4 + 32

let file: number | undefined
let state: 'none' | 'empty' | 'filled' = 'none'

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
  const own = realm[SLOT]?.own
  if (state !== 'empty' || file === undefined || own === undefined) return
  state = 'filled'
  const code = own.script.createCachedData()
  const header = Buffer.alloc(HEADER)
  header.writeUInt32LE(code.length)
  header.write(own.key, 4, 'latin1')
  try {
    if (writeSync(file, code, 0, code.length, HEADER) === code.length) writeSync(file, header, 0, HEADER, 0)
  } catch {
    // The file system is full.
  }
}

/** Takes the code from the file of whoever started this realm, and hands the same file on. */
export function inheritCode(fd: number | undefined): void {
  // For all else that is loaded, where Node has it.
  if (process.env.NODE_V8_COVERAGE === undefined && major >= 22) {
    const { enableCompileCache } = process.getBuiltinModule('node:module') as { enableCompileCache?: () => void }
    enableCompileCache?.()
  }
  if (!fd) return
  file = fd
  state = 'filled'
  const handed = read(fd)
  if (handed !== undefined) realm[SLOT] = { handed }
}

function read(fd: number): Slot['handed'] {
  const header = Buffer.alloc(HEADER)
  try {
    readSync(fd, header, 0, HEADER, 0)
    const code = Buffer.allocUnsafeSlow(header.readUInt32LE())
    if (code.length === 0 || readSync(fd, code, 0, code.length, HEADER) !== code.length) return undefined
    return { key: header.toString('latin1', 4), code }
  } catch {
    return undefined
  }
}
