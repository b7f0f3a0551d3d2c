import { ProtocolError } from './errors.ts'
import { Frame, MEMORY_SPAN, RANGE_SIZE } from './frame.ts'
import type { Link } from './link.ts'
import { memoryPosition } from './mapped-blocks.ts'
import { arena } from './platform.ts'
import type { KeptBlock } from './primitives/runs.ts'

/** The hub's account of the arena: which range is whose, and which can be used again. */
export class Ranges {
  readonly #free: number[] = []
  #next = 0

  take(link: Link): Range {
    const number = this.#free.pop() ?? this.#next++
    return new Range(number, link, () => this.#free.push(number))
  }
}

/** One peer's range, and the blocks in it that items refer to. */
export class Range {
  readonly number: number
  readonly #link: Link
  readonly #onEmpty: () => void
  readonly #blocks = new Set<number>()
  /** The peer is gone, what it wrote is not. */
  #left = false

  constructor(number: number, link: Link, onEmpty: () => void) {
    this.number = number
    this.#link = link
    this.#onEmpty = onEmpty
  }

  /** @throws ProtocolError at a block that is not the peer's to refer to */
  keep(offset: number, size: number): KeptBlock {
    if (offset + size > (offset < RANGE_SIZE ? RANGE_SIZE : MEMORY_SPAN))
      throw new ProtocolError(`a block of ${size} bytes at ${offset}: beyond its range`)
    if (this.#blocks.has(offset)) throw new ProtocolError(`the block at ${offset} is in use`)
    this.#blocks.add(offset)
    const free = () => this.#freed(offset, size)
    return offset < RANGE_SIZE ? { size, free } : { size, free, position: memoryPosition(this.number, offset) }
  }

  leave(): void {
    this.#left = true
    if (this.#blocks.size === 0) this.#onEmpty()
  }

  #freed(offset: number, size: number): void {
    if (!this.#blocks.delete(offset)) return
    if (!this.#left) return void this.#link.write().begin(Frame.FREE).u32(offset)
    // Nobody else is left to give it back.
    if (offset >= RANGE_SIZE) arena()?.mapping?.discard(memoryPosition(this.number, offset), size)
    if (this.#blocks.size === 0) this.#onEmpty()
  }
}
