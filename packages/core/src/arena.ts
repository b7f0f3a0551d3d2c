import { RANGE_SIZE } from './frame.ts'

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
}

/** One payload in the arena, in the range of its context. */
export interface Block {
  readonly offset: number
  /** Bytes. */
  readonly size: number
}

/** The smallest block, and the smallest payload that is worth one, in bytes. */
export const SMALLEST_BLOCK = 32 * 1024
const CLASSES = Math.log2(RANGE_SIZE / SMALLEST_BLOCK) + 1

/**
 * A context's range. Blocks have sizes of 32 KiB times a power of two, so that one that is free fits whatever needs
 * its size; the one that was freed last is taken first, since it is in the processor's cache.
 */
export class Blocks {
  readonly range: number
  readonly #arena: Arena
  readonly #free: number[][] = Array.from({ length: CLASSES }, () => [])
  /** The class of each block that is in use, by its offset. */
  readonly #used = new Map<number, number>()
  /** What lies beyond was never used. */
  #top = 0

  constructor(arena: Arena, range: number) {
    this.#arena = arena
    this.range = range
  }

  /** Writes bytes to a new block; undefined if they are too few to be worth it, or there is no room for them. */
  store(bytes: Uint8Array): Block | undefined {
    const size = bytes.length
    if (size < SMALLEST_BLOCK || size > RANGE_SIZE) return undefined
    const offset = this.#allocate(size)
    if (offset === undefined) return undefined
    if (this.#arena.write(this.range * RANGE_SIZE + offset, bytes)) return { offset, size }
    this.free(offset)
    return undefined
  }

  free(offset: number): void {
    const sizeClass = this.#used.get(offset)
    if (sizeClass === undefined) return
    this.#used.delete(offset)
    this.#free[sizeClass]!.push(offset)
    if (this.#used.size === 0) this.#reset()
  }

  #allocate(size: number): number | undefined {
    const sizeClass = Math.max(0, Math.ceil(Math.log2(size / SMALLEST_BLOCK)))
    const offset = this.#free[sizeClass]!.pop() ?? this.#extend(sizeClass)
    if (offset !== undefined) this.#used.set(offset, sizeClass)
    return offset
  }

  #extend(sizeClass: number): number | undefined {
    const offset = this.#top
    const end = offset + SMALLEST_BLOCK * 2 ** sizeClass
    if (end > RANGE_SIZE) return undefined
    this.#top = end
    return offset
  }

  /** Nothing is in use: blocks of other sizes can take the place, once half of the range has been cut up. */
  #reset(): void {
    if (this.#top < RANGE_SIZE / 2) return
    this.#top = 0
    for (const free of this.#free) free.length = 0
  }
}
