import type { FrameWriter } from './frame-writer.ts'
import type { Standing } from './standing.ts'

/** Where the frames go that a producer writes: to the hub, or straight to the consumer. */
export interface Way {
  /** What the frames call the channel there. */
  readonly number: number
  /** The bytes that wait to be sent. */
  readonly size: number
  /** Whether nothing but items can go there that are all in their bytes, and not too large. */
  readonly narrow: boolean
  write(): FrameWriter
  begin(type: number): FrameWriter
  /** Something does not fit: goes another way from now on. */
  leave(): void
}

export class HubWay implements Way {
  readonly narrow = false
  readonly #standing: Standing

  constructor(standing: Standing) {
    this.#standing = standing
  }

  get number(): number {
    return this.#standing.number
  }

  get size(): number {
    return this.#standing.context.link.writer.size
  }

  write(): FrameWriter {
    return this.#standing.context.write()
  }

  begin(type: number): FrameWriter {
    return this.#standing.context.begin(type)
  }

  leave(): void {}
}
