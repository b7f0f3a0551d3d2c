/** How long a context that has nothing to do may stay awake for what is expected, in milliseconds. */
const AWAKE_MS = 0.25
/** Up to which mean pause it expects anything. */
const BRISK_MS = 0.2
/** How much the latest pause counts in the mean. */
const WEIGHT = 1 / 8
/** After a vigil in vain there is none for this long, twice as long after the next, and so on, in milliseconds. */
const FIRST_REST_MS = 4
const LAST_REST_MS = 1_000
/** So many vigils in a row that were not in vain make up for those that were. */
const TRUST = 16

/**
 * Decides whether a context goes to sleep between two messages.
 *
 * In brisk conversation with another process it had better not: to wake it takes longer than to answer, and the kernel
 * may well wake it on the processor of the one that has just spoken, so that the two take turns instead of working
 * side by side. So it stays awake for a fraction of a millisecond, while the pauses are shorter than that on average.
 * An idle program sleeps, and so does one whose messages are far apart.
 *
 * Where there are more processes than processors, a vigil keeps the very process from running that it waits for. Then
 * it is in vain, and after a few of those there are hardly any more.
 */
export class Vigil {
  /** When there was last something to do. */
  #active = 0
  #pause = AWAKE_MS
  #watching = false
  #rewarded = 0
  #inVain = 0
  #restsUntil = 0

  /** Another context has sent something. */
  heard(now: number): void {
    const pause = Math.min(now - this.#active, 1)
    this.#pause += (pause - this.#pause) * WEIGHT
    if (!this.#watching) return
    if (pause > AWAKE_MS) this.#rest(now)
    else if (++this.#rewarded === TRUST) this.#inVain = 0
  }

  /** Whether to stay awake; asked at the end of every turn, also of those that are `idle` because it was so. */
  goesOn(now: number, idle: boolean): boolean {
    if (!idle) this.#active = now
    if (this.#pause >= BRISK_MS || now < this.#restsUntil) {
      this.#watching = false
      return false
    }
    if (now - this.#active >= AWAKE_MS) {
      if (this.#watching) this.#rest(now)
      return false
    }
    this.#watching = true
    return true
  }

  #rest(now: number): void {
    this.#watching = false
    this.#rewarded = 0
    this.#restsUntil = now + Math.min(LAST_REST_MS, FIRST_REST_MS * 2 ** this.#inVain)
    this.#inVain++
  }
}
