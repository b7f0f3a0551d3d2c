import { readSync, writeSync } from 'node:fs'
import type { Arena } from '@millrace/core/child'
import { MappedMemory } from './mapped-memory.ts'
import { openMemoryFile } from './memory-file.ts'

let shared: FileArena | undefined
let decided = false

/** The arena of the tree of processes; the first use in the main program makes it. */
export function sharedArena(): FileArena | undefined {
  if (!decided) inheritArena(FileArena.create()?.fd)
  return shared
}

/** Says which arena a started context has, if any. */
export function inheritArena(fd: number | undefined): void {
  decided = true
  shared = fd === undefined ? undefined : new FileArena(fd)
}

/**
 * An arena in a file that is memory only and has no name: whoever is to share it inherits its descriptor, and it is gone
 * with the last of them, however that ends.
 */
export class FileArena implements Arena {
  readonly fd: number
  #mapping: MappedMemory | 'none' | undefined

  constructor(fd: number) {
    this.fd = fd
  }

  /** A new one; undefined where there is no such file system. */
  static create(): FileArena | undefined {
    const fd = openMemoryFile()
    return fd === undefined ? undefined : new FileArena(fd)
  }

  get mapping(): MappedMemory | undefined {
    this.#mapping ??= MappedMemory.over(this.fd) ?? 'none'
    return this.#mapping === 'none' ? undefined : this.#mapping
  }

  /** Where the file system is full, payloads go the other way. */
  write(position: number, bytes: Uint8Array): boolean {
    try {
      return writeSync(this.fd, bytes, 0, bytes.length, position) === bytes.length
    } catch {
      return false
    }
  }

  /** Nor is there anything at a position that no file can have: payloads may come from anywhere. */
  read(position: number, into: Uint8Array): boolean {
    try {
      return readSync(this.fd, into, 0, into.length, position) === into.length
    } catch {
      return false
    }
  }
}
