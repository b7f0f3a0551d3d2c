import type { KeptBlock } from './runs.ts'

/**
 * The buffers of an item that was put to be moved. They wait here, not where the item is lent ahead, since what has
 * gone to a process cannot be had back when that dies; whoever takes the item fetches them.
 */
export class MovedBuffers implements KeptBlock {
  readonly size: number
  #buffers: readonly ArrayBuffer[] | undefined

  constructor(buffers: readonly ArrayBuffer[]) {
    this.#buffers = buffers
    this.size = buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0)
  }

  get gone(): boolean {
    return this.#buffers === undefined
  }

  copy(): readonly ArrayBuffer[] | undefined {
    return this.#buffers?.map((buffer) => buffer.slice(0))
  }

  take(): readonly ArrayBuffer[] | undefined {
    const buffers = this.#buffers
    this.#buffers = undefined
    return buffers
  }

  free(): void {
    this.#buffers = undefined
  }
}
