import type { Outlet, Reply } from './primitive.ts'
import { Waiters } from './waiters.ts'

/** The call of those who want to be told of a primitive's state: it lasts until they do not any more. */
export const WATCH = 'watch'

/** Those who are told of a primitive's state: as it is when they come, and whenever it has changed. */
export class Watchers<S, P extends { readonly outlet: Outlet }> {
  readonly #watching = new Waiters<P>()
  #told: S

  constructor(state: S) {
    this.#told = state
  }

  add(port: P, ticket: number, reply: Reply): void {
    this.#watching.add(port, ticket, reply)
    port.outlet.notice(this.#told)
  }

  /** Tells everybody, if it is news. */
  tell(state: S): void {
    if (state === this.#told) return
    this.#told = state
    for (const port of new Set([...this.#watching].map((waiter) => waiter.port))) port.outlet.notice(state)
  }

  /** Whether it was one of these that was cancelled. */
  cancel(port: P, ticket: number): boolean {
    return this.#watching.cancel(port, ticket) !== undefined
  }

  leave(port: P): void {
    this.#watching.leave(port)
  }
}
