import type { AbortSignal } from '../../src/abort-signal.ts'
import type { WaitOptions } from '../../src/lessee.ts'
import type { Random } from '../random.ts'

/** An `AbortController` and its signal in one, and cheaper than the platform's. */
export class Cancellation implements AbortSignal {
  aborted = false
  reason: unknown
  readonly #listeners = new Set<() => void>()

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.add(listener)
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.delete(listener)
  }

  abort(): void {
    this.aborted = true
    this.reason = new Error('cancelled')
    for (const listener of this.#listeners) listener()
    this.#listeners.clear()
  }
}

/** How long an operation waits, at random: as long as it takes, not at all, up to a timeout, or until `later` aborts it. */
export function waitOptions(random: Random, later: (ms: number, abort: () => void) => void): WaitOptions {
  const roll = random.next()
  if (roll < 0.55) return {}
  if (roll < 0.7) return { timeout: random.pick([0, 0, -1]) }
  if (roll < 0.85) return { timeout: random.next() * 12 }
  const signal = new Cancellation()
  if (random.chance(0.1)) signal.abort()
  else later(random.next() * 6, () => signal.abort())
  return random.chance(0.7) ? { signal } : { signal, timeout: random.pick([0, 3]) }
}
