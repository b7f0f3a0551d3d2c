import { closeSync, ftruncateSync, readFileSync, readSync, writeSync } from 'node:fs'
import { type Claims, Journal, SharedClaims } from '@millrace/core/child'
import { ClaimsMemory } from './claims-memory.ts'
import { FileJournalMemory } from './file-journal.ts'
import { openMemoryFile } from './memory-file.ts'

/** Bytes of a claim: its number. */
const SIZE = 4
/** So many bytes of claims that were taken are worth giving back to the system. */
const MUCH = 1024 * 1024
/** In place of a claim: all that follow are in the shared memory. */
const MOVED = 0xffff_ffff

/**
 * Claims between processes without native code: numbers in a file that is memory only and has no name.
 *
 * Both sides have the same open file, and so one position in it: to read the next number is to take it, and the kernel
 * sees to it that no two readers get the same (POSIX demands that of regular files, and Linux does it since 3.14). It
 * takes one system call, about a microsecond.
 *
 * Beside it lies another file, for the journal; and, where both sides can map that, for the claims as well: they move
 * there once the side that takes them has said that it can, and the other has offered none in between.
 */
export class FileClaims implements Claims {
  readonly fd: number
  readonly memory: ClaimsMemory
  readonly #number = new Uint32Array(1)
  #journal: Journal
  #end = 0
  /** The last that was offered; it ends there. */
  #last = 0
  /** Where what lies in the file begins. */
  #from = 0
  /** Those in shared memory, once this side has mapped it. */
  #shared: SharedClaims | undefined
  #state: 'in the file' | 'may move' | 'in memory' = 'in the file'

  constructor(fd: number, memory: ClaimsMemory) {
    this.fd = fd
    this.memory = memory
    this.#journal = new Journal(new FileJournalMemory(memory.fd, SharedClaims.COUNTS))
  }

  /** New ones; undefined where there is no such file system, or it is full. */
  static create(): FileClaims | undefined {
    const fd = openMemoryFile()
    const memory = ClaimsMemory.create()
    if (fd !== undefined && memory !== undefined) return new FileClaims(fd, memory)
    if (fd !== undefined) closeSync(fd)
    memory?.close()
    return undefined
  }

  get journal(): Journal {
    return this.#journal
  }

  offer(first: number, count: number): void {
    this.#last = first + count - 1
    if (this.#state === 'in memory') this.#shared!.offer(first, count)
    else this.#write(first, count)
  }

  #write(first: number, count: number): void {
    const numbers = count === 1 ? this.#number : new Uint32Array(count)
    for (let i = 0; i < count; i++) numbers[i] = first + i
    writeSync(this.fd, numbers, 0, numbers.byteLength, this.#end)
    this.#end += numbers.byteLength
  }

  get worn(): boolean {
    return this.#state === 'may move' || this.#end - this.#from > MUCH
  }

  /** Those that were taken go; the file goes on from where it is, unless all that follow are elsewhere. */
  renew(): void {
    if (this.#state === 'may move') this.#move()
    ftruncateSync(this.fd, 0)
    this.#from = this.#end
    if (this.#state === 'in memory') this.#write(MOVED, 1)
  }

  #move(): void {
    const { view } = this.memory
    if (view === undefined) {
      this.#state = 'in the file'
      return
    }
    view.fill(this.#last, 0, 2)
    this.#shared = new SharedClaims(view)
    this.#state = 'in memory'
  }

  mayMove(): void {
    if (this.#state === 'in the file') this.#state = 'may move'
  }

  take(): number {
    if (this.#state === 'in memory') return this.#shared!.take()
    if (readSync(this.fd, this.#number, 0, SIZE, null) !== SIZE) return 0
    const number = this.#number[0]!
    if (number !== MOVED) return number
    this.#state = 'in memory'
    return this.#shared!.take()
  }

  share(): boolean {
    const { view } = this.memory
    if (view === undefined) return false
    this.#shared = new SharedClaims(view)
    this.#journal = this.#shared.journal
    return true
  }

  /** The system tells the position to who asks; where it does not, all that was offered counts as taken. */
  get taken(): number {
    if (this.#state === 'in memory') return this.#shared!.taken
    return this.#last - Math.floor((this.#end - this.#position()) / SIZE)
  }

  #position(): number {
    try {
      const [, position] = /^pos:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${this.fd}`, 'latin1')) ?? []
      return position === undefined ? this.#end : Number(position)
    } catch {
      return this.#end
    }
  }

  close(): void {
    closeSync(this.fd)
    this.memory.close()
  }
}
