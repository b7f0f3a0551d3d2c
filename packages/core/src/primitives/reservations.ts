import { Deque } from '../deque.ts'

interface Reservation {
  count: number
  /** Bytes for each of the `count` slots. */
  readonly each: number
  /** Made for one item of just that size, by a waiter that asked for it. */
  readonly exact: boolean
}

/**
 * The bytes that are set aside for the slots which one peer holds, in the order in which it got them.
 *
 * Invariant: a peer that has anything of its own waiting holds no slot that was lent ahead, so what it puts next is
 * what the oldest of these was made for.
 */
export class Reservations {
  readonly #slots = new Deque<Reservation>()

  add(count: number, each: number, exact: boolean): void {
    const last = this.#slots.peekLast()
    if (!exact && last !== undefined && !last.exact && last.each === each) last.count += count
    else this.#slots.push({ count, each, exact })
  }

  /** The oldest `count` slots were used; returns what was set aside for them. */
  use(count: number): number {
    let bytes = 0
    for (let left = count; left > 0; ) {
      const first = this.#slots.peek()
      if (first === undefined) break
      const used = Math.min(left, first.count)
      bytes += used * first.each
      left -= used
      first.count -= used
      if (first.count === 0) this.#slots.shift()
    }
    return bytes
  }

  /** The newest `count` slots that were lent ahead came back; or, with a cost, the oldest that was made for that. */
  giveBack(count: number, cost: number): number {
    const slots = [...this.#slots]
    this.#slots.clear()
    // Whoever says something else of what it had gives back something else.
    const order = cost > 0 ? slots.filter(made(cost)) : slots.filter(({ exact }) => !exact).reverse()
    let left = count
    let bytes = 0
    for (const slot of [...order, ...slots]) {
      const back = Math.min(left, slot.count)
      bytes += back * slot.each
      left -= back
      slot.count -= back
    }
    for (const slot of slots) if (slot.count > 0) this.#slots.push(slot)
    return bytes
  }

  /** The peer is gone: returns all that was set aside. */
  clear(): number {
    let bytes = 0
    for (const { count, each } of this.#slots) bytes += count * each
    this.#slots.clear()
    return bytes
  }
}

function made(cost: number): (slot: Reservation) => boolean {
  return ({ exact, each }) => exact && each === cost
}
