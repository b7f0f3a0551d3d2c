import * as Effect from 'effect/Effect'
import type { AbortSignal } from '../abort-signal.ts'

/** What an interrupted operation is aborted with; nobody sees it, for nobody waits any more. */
const INTERRUPTED = new Error('the fiber was interrupted')

/** The signal of one operation: all of an `AbortSignal` that is needed here, and cheaper to make. */
export class Interruption implements AbortSignal {
  aborted = false
  readonly reason: unknown = INTERRUPTED
  #listener: (() => void) | undefined

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listener = listener
  }

  removeEventListener(): void {
    this.#listener = undefined
  }

  abort(): void {
    this.aborted = true
    this.#listener?.()
  }

  /** Aborts it: what a fiber does as it is interrupted. */
  readonly now: Effect.Effect<void> = Effect.sync(() => this.abort())
}
