import { readSync, writeSync } from 'node:fs'
import { JOURNAL_SIZE, type JournalMemory } from '@millrace/core/child'

/** A journal in a file that both sides have open. What is written there takes a system call, a microsecond or two. */
export class FileJournalMemory implements JournalMemory {
  readonly bytes = Buffer.alloc(JOURNAL_SIZE)
  readonly #fd: number
  readonly #position: number

  constructor(fd: number, position: number) {
    this.#fd = fd
    this.#position = position
  }

  commit(from: number, to: number): boolean {
    try {
      return writeSync(this.#fd, this.bytes, from, to - from, this.#position + from) === to - from
    } catch {
      // The file system is full.
      return false
    }
  }

  read(): Uint8Array {
    const bytes = Buffer.alloc(JOURNAL_SIZE)
    return bytes.subarray(0, readSync(this.#fd, bytes, 0, JOURNAL_SIZE, this.#position))
  }
}
