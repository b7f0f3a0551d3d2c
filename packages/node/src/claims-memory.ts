import { closeSync } from 'node:fs'
import { SharedClaims } from '@millrace/core/child'
import { MappedMemory } from './mapped-memory.ts'
import { openMemoryFile } from './memory-file.ts'

/** A file, as long as `SharedClaims.SIZE` and laid out like that, which can be mapped where `koffi` can be had. */
export class ClaimsMemory {
  readonly fd: number
  #view: Int32Array | undefined

  constructor(fd: number) {
    this.fd = fd
  }

  /** One that is all 0; undefined where there is no such file system, or it is full. */
  static create(): ClaimsMemory | undefined {
    const used = spare.pop()
    if (used !== undefined) return used
    const fd = openMemoryFile(SharedClaims.SIZE)
    return fd === undefined ? undefined : new ClaimsMemory(fd)
  }

  /** The memory itself; undefined where it cannot be mapped. */
  get view(): Int32Array | undefined {
    if (this.#view === undefined) {
      const memory = MappedMemory.over(this.fd)?.view(0, SharedClaims.SIZE)
      if (memory !== undefined) this.#view = new Int32Array(memory)
    }
    return this.#view
  }

  /** Nobody else has it any more. A mapping is never undone, so what was mapped here is kept for others. */
  close(): void {
    if (this.#view === undefined) return closeSync(this.fd)
    this.#view.fill(0)
    spare.push(this)
  }
}

const spare: ClaimsMemory[] = []
