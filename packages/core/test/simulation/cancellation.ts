import type { AbortSignal } from '../../src/abort-signal.ts'

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
