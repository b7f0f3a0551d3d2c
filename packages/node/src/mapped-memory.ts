import { fstatSync } from 'node:fs'
import type { Mapping } from '@millrace/core/child'

/** The memory is mapped in windows of this many bytes; a block that is no larger never crosses the border between two. */
const WINDOW = 64 * 1024 * 1024
const PAGE = 4096

const PROT_READ_WRITE = 3
const MAP_SHARED = 1
const FALLOC_FL_PUNCH_HOLE = 3

/** The functions of the C library that this takes; each is the system call of its name. */
interface Libc {
  mmap(address: null, length: number, protection: number, flags: number, fd: number, offset: number): unknown
  fallocate(fd: number, mode: number, offset: number, length: number): number
  view(address: bigint, length: number): ArrayBuffer
  addressOf(pointer: unknown): bigint
}

/**
 * Memory of the arena's file under addresses, by way of `koffi`.
 *
 * A mapping is never undone: views of it can live on, and an address that leads nowhere ends the process. For the same
 * reason a block is reserved before anybody looks at it: a page for which there is no room would end it, too.
 */
export class MappedMemory implements Mapping {
  readonly #fd: number
  readonly #libc: Libc
  /** By position; the one with a block that is larger is as large as that. */
  readonly #windows = new Map<number, { readonly address: bigint; readonly length: number }>()

  constructor(fd: number, libc: Libc) {
    this.#fd = fd
    this.#libc = libc
  }

  /** Undefined where `koffi` is not installed, or does not work. */
  static over(fd: number): MappedMemory | undefined {
    const libc = loadLibc()
    return libc === undefined ? undefined : new MappedMemory(fd, libc)
  }

  reserve(position: number, size: number): boolean {
    this.#punch(position, size)
    if (this.#libc.fallocate(this.#fd, 0, position, size) !== 0) return false
    const view = this.view(position, size)
    if (view === undefined) return false
    // Whole pages are new and zero.
    const head = Math.min(size, wholePages(position, size).start - position)
    const tail = Math.max(head, wholePages(position, size).end - position)
    const bytes = new Uint8Array(view)
    bytes.fill(0, 0, head)
    bytes.fill(0, tail)
    return true
  }

  view(position: number, size: number): ArrayBuffer | undefined {
    if (!Number.isSafeInteger(position + size) || position < 0 || size <= 0) return undefined
    // What lies beyond the end of the file would end the process.
    if (fstatSync(this.#fd).size < position + size) return undefined
    const first = Math.floor(position / WINDOW) * WINDOW
    const length = Math.max(WINDOW, Math.ceil((position + size - first) / PAGE) * PAGE)
    return this.#libc.view(this.#window(first, length) + BigInt(position - first), size)
  }

  #window(first: number, length: number): bigint {
    const known = this.#windows.get(first)
    if (known !== undefined && known.length >= length) return known.address
    const address = this.#map(first, length)
    this.#windows.set(first, { address, length })
    return address
  }

  discard(position: number, size: number): void {
    this.#punch(position, size)
  }

  #map(position: number, size: number): bigint {
    const pointer = this.#libc.mmap(null, size, PROT_READ_WRITE, MAP_SHARED, this.#fd, position)
    const address = this.#libc.addressOf(pointer)
    // MAP_FAILED
    if (BigInt.asIntN(64, address) === -1n) throw new Error(`cannot map ${size} bytes of shared memory`)
    return address
  }

  #punch(position: number, size: number): void {
    const { start, end } = wholePages(position, size)
    if (end > start) this.#libc.fallocate(this.#fd, FALLOC_FL_PUNCH_HOLE, start, end - start)
  }
}

function wholePages(position: number, size: number): { start: number; end: number } {
  const start = Math.ceil(position / PAGE) * PAGE
  return { start, end: Math.max(start, Math.floor((position + size) / PAGE) * PAGE) }
}

let libc: Libc | undefined
let tried = false

/** At the first shared value only: to load it takes a while. */
function loadLibc(): Libc | undefined {
  if (tried) return libc
  tried = true
  // As where it is not installed.
  if (process.env.MILLRACE_KOFFI === 'off') return undefined
  try {
    const koffi = process.getBuiltinModule('node:module').createRequire(import.meta.url)(
      'koffi',
    ) as typeof import('koffi')
    const library = koffi.load(null)
    libc = {
      mmap: library.func('void *mmap(void *addr, size_t length, int prot, int flags, int fd, int64_t offset)'),
      fallocate: library.func('int fallocate(int fd, int mode, int64_t offset, int64_t length)'),
      view: (address, length) => koffi.view(address, length),
      addressOf: (pointer) => koffi.address(pointer),
    }
  } catch {
    libc = undefined
  }
  return libc
}
