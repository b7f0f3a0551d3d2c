import { Deque } from './deque.ts'

/** Slots, each good for an item of up to so many bytes. */
export interface Allowance {
  count: number
  readonly each: number
}

/**
 * What the slots that one peer holds are good for, where bytes are bounded, in the order in which it got them. The hub
 * and the peer keep the same account, each its own: the peer uses and gives back the oldest first.
 */
export class Allowances {
  readonly #slots = new Deque<Allowance>()

  /** The oldest, and those after them that are good for the same. */
  get oldest(): Allowance | undefined {
    return this.#slots.peek()
  }

  add(count: number, each: number): void {
    const last = this.#slots.peekLast()
    if (last?.each === each) last.count += count
    else this.#slots.push({ count, each })
  }

  /** The oldest `count` slots were used or given back; returns the bytes that they were good for. */
  release(count: number): number {
    let bytes = 0
    for (let left = count; left > 0; ) {
      const first = this.#slots.peek()
      if (first === undefined) break
      const released = Math.min(left, first.count)
      bytes += released * first.each
      left -= released
      first.count -= released
      if (first.count === 0) this.#slots.shift()
    }
    return bytes
  }

  /** The peer is gone; returns the bytes that all of them were good for. */
  clear(): number {
    return this.release(Number.POSITIVE_INFINITY)
  }
}
