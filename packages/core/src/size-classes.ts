/**
 * Hands out pieces of a span of addresses. Pieces have sizes of `smallest` times a power of two, so that one that is free
 * fits whatever needs its size; the one that was freed last is taken first, since it is in the processor's cache.
 */
export class SizeClasses {
  readonly #smallest: number
  readonly #start: number
  readonly #end: number
  readonly #align: boolean
  readonly #free: number[][] = []
  /** The class of each piece that is in use, by its offset. */
  readonly #used = new Map<number, number>()
  /** What lies beyond was never used. */
  #top: number

  /** @param align whether each piece begins at a multiple of its size */
  constructor(smallest: number, start: number, end: number, align = false) {
    this.#smallest = smallest
    this.#start = start
    this.#end = end
    this.#align = align
    this.#top = start
  }

  /** Where a piece of that size begins, if there is room for one. */
  allocate(size: number): number | undefined {
    const sizeClass = Math.max(0, Math.ceil(Math.log2(size / this.#smallest)))
    const offset = this.#free[sizeClass]?.pop() ?? this.#extend(sizeClass)
    if (offset !== undefined) this.#used.set(offset, sizeClass)
    return offset
  }

  free(offset: number): void {
    const sizeClass = this.#used.get(offset)
    if (sizeClass === undefined) return
    this.#used.delete(offset)
    this.#free[sizeClass] ??= []
    this.#free[sizeClass].push(offset)
    if (this.#used.size === 0) this.#reset()
  }

  #extend(sizeClass: number): number | undefined {
    const size = this.#smallest * 2 ** sizeClass
    const offset = this.#align ? Math.ceil(this.#top / size) * size : this.#top
    if (offset + size > this.#end) return undefined
    this.#top = offset + size
    return offset
  }

  /** Nothing is in use: pieces of other sizes can take the place, once half of the span has been cut up. */
  #reset(): void {
    if (this.#top - this.#start < (this.#end - this.#start) / 2) return
    this.#top = this.#start
    this.#free.length = 0
  }
}
