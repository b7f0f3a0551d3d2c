import { MEMORY_SPAN, RANGE_SIZE } from './frame.ts'
import { SizeClasses } from './size-classes.ts'

/** The memory of an arena under addresses; each context maps what it uses, where it needs it, once. */
export interface Mapping {
  /** Takes the memory, zeroed; false: there is not so much. */
  reserve(position: number, size: number): boolean
  /** Memory that was reserved, by whichever context; undefined if it was not. */
  view(position: number, size: number): ArrayBuffer | undefined
  /** Nobody can reach it any more: gives it back as far as it consists of whole pages. */
  discard(position: number, size: number): void
}

/** No two values share a line of the processor's cache. */
const SMALLEST = 64

/** Behind the ranges of all contexts that there can be. */
const MEMORY_BASE = 2 ** 45

/** Where in the arena a block of shared memory lies. */
export function memoryPosition(range: number, offset: number): number {
  return MEMORY_BASE + range * MEMORY_SPAN + offset
}

/** The shared memory that a context has taken: it makes the blocks, and is told when one is free again. */
export class MappedBlocks {
  readonly range: number
  readonly #mapping: Mapping
  readonly #places = new SizeClasses(SMALLEST, RANGE_SIZE, MEMORY_SPAN, true)
  readonly #sizes = new Map<number, number>()

  constructor(mapping: Mapping, range: number) {
    this.#mapping = mapping
    this.range = range
  }

  /** Where a new block of zeros begins; undefined: there is no room. */
  take(size: number): number | undefined {
    const offset = this.#places.allocate(size)
    if (offset === undefined) return undefined
    if (this.#mapping.reserve(memoryPosition(this.range, offset), size)) {
      this.#sizes.set(offset, size)
      return offset
    }
    this.#places.free(offset)
    return undefined
  }

  free(offset: number): void {
    const size = this.#sizes.get(offset)
    if (size === undefined) return
    this.#sizes.delete(offset)
    this.#places.free(offset)
    this.#mapping.discard(memoryPosition(this.range, offset), size)
  }
}
