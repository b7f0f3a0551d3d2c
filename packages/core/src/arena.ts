import { RANGE_SIZE } from './frame.ts'
import type { Mapping } from './mapped-blocks.ts'
import { SizeClasses } from './size-classes.ts'

/**
 * Memory outside of all heaps that every context of a tree can read and write, if the platform has such. Payloads that
 * lie there go through queues and pipes as references: two copies in all, however many contexts they pass.
 *
 * A position is a byte's distance from the beginning. Each context has a range of `RANGE_SIZE` bytes that it alone
 * writes to: the hub tells it which, keeps account of the blocks in there that items refer to, and tells it when one is
 * free again. So a block outlives its context, and is never read and written at the same time.
 */
export interface Arena {
  /** False: there was no room. */
  write(position: number, bytes: Uint8Array): boolean
  /** False: there is not so much. */
  read(position: number, into: Uint8Array): boolean
  /** The same memory under an address, if there is a way to that. */
  readonly mapping?: Mapping | undefined
}

/** One payload in the arena, in the range of its context. */
export interface Block {
  readonly offset: number
  /** Bytes. */
  readonly size: number
}

/** The smallest block, and the smallest payload that is worth one, in bytes. */
export const SMALLEST_BLOCK = 32 * 1024

/** A context's range: where its payloads lie. */
export class Blocks {
  readonly range: number
  readonly #arena: Arena
  readonly #places = new SizeClasses(SMALLEST_BLOCK, 0, RANGE_SIZE)

  constructor(arena: Arena, range: number) {
    this.#arena = arena
    this.range = range
  }

  /** Writes bytes to a new block; undefined if they are too few to be worth it, or there is no room for them. */
  store(bytes: Uint8Array): Block | undefined {
    const size = bytes.length
    if (size < SMALLEST_BLOCK || size > RANGE_SIZE) return undefined
    const offset = this.#places.allocate(size)
    if (offset === undefined) return undefined
    if (this.#arena.write(this.range * RANGE_SIZE + offset, bytes)) return { offset, size }
    this.free(offset)
    return undefined
  }

  free(offset: number): void {
    this.#places.free(offset)
  }
}
