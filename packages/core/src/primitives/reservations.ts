import { Deque } from '../deque.ts'

interface Reservation {
  count: number
  /** Bytes for each of the `count` slots. */
  readonly each: number
}

/**
 * The bytes that are set aside for the slots which one peer holds, in the order in which it got them. It uses and gives
 * back the oldest first, so both sides know what each slot is good for.
 */
export class Reservations {
  readonly #slots = new Deque<Reservation>()

  add(count: number, each: number): void {
    const last = this.#slots.peekLast()
    if (last?.each === each) last.count += count
    else this.#slots.push({ count, each })
  }

  /** The oldest `count` slots were used or given back; returns what was set aside for them. */
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

  /** The peer is gone: returns all that was set aside. */
  clear(): number {
    return this.release(Number.POSITIVE_INFINITY)
  }
}
