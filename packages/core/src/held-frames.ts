import { Deque } from './deque.ts'

/** A frame that cannot be looked at yet; its bytes lie where they came. */
export interface HeldFrame {
  readonly type: number
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
}

/** What a frame takes besides its body, in bytes. */
const OVERHEAD = 128

/** Frames that have to wait, in order, and how much memory they take. */
export class HeldFrames {
  /** Bytes. */
  size = 0
  readonly #frames = new Deque<HeldFrame>()

  get length(): number {
    return this.#frames.length
  }

  push(frame: HeldFrame): void {
    this.#frames.push(frame)
    this.size += OVERHEAD + frame.end - frame.start
  }

  /** The first one; it stays. */
  peek(): HeldFrame | undefined {
    return this.#frames.peek()
  }

  shift(): HeldFrame | undefined {
    const frame = this.#frames.shift()
    if (frame !== undefined) this.size -= OVERHEAD + frame.end - frame.start
    return frame
  }
}
