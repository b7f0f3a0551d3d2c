import type { Emission } from './words.ts'

/** How many values of a unit may be under way before its consumer asks for more. */
export const FIRST_CREDIT = 64

/**
 * The values that a streamed unit gives, on their way out: those that are at hand leave together, and no more than the
 * consumer has room for.
 */
export class Emitter {
  readonly #send: (emissions: Emission[], last: boolean) => void
  #emissions: Emission[] = []
  #credit = FIRST_CREDIT
  /** How many values needed room so far. */
  given = 0
  #wake: (() => void) | undefined

  constructor(send: (emissions: Emission[], last: boolean) => void) {
    this.#send = send
  }

  /** The one value of a call: there is always room for it. */
  add(emission: Emission): void {
    this.#emissions.push(emission)
  }

  /** One of many: resolves when there is room for the next. */
  emit(emission: Emission): Promise<void> | undefined {
    this.#emissions.push(emission)
    this.given++
    this.flush()
    if (--this.#credit > 0) return undefined
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  more(count: number): void {
    this.#credit += count
    if (this.#credit > 0) this.#wake?.()
  }

  /** Nobody wants more: whoever waits for room goes on, to find out. */
  stop(): void {
    this.more(Number.POSITIVE_INFINITY)
  }

  flush(): void {
    if (this.#emissions.length === 0) return
    const emissions = this.#emissions
    this.#emissions = []
    this.#send(emissions, false)
  }

  end(): void {
    this.#send(this.#emissions, true)
  }
}
