/** How a state is watched where it is. */
export interface WatchOutlet {
  /** Resolves with the state when it is another than `seen`. */
  watch(ticket: number, seen: number | undefined): Promise<number>
  /** Nobody waits for the answer any more. */
  cancel(ticket: number): void
}

/** Those who wait in this context for a state to change. */
export class Watches {
  readonly #outlet: WatchOutlet
  readonly #ends = new Set<() => void>()
  #lastTicket = 0

  constructor(outlet: WatchOutlet) {
    this.#outlet = outlet
  }

  /** Calls back once with the state, when it is another than `seen`, or when there will be none; returns how to end that. */
  add(seen: number | undefined, next: (value: number) => void, over: (error: unknown) => void): () => void {
    this.#lastTicket = (this.#lastTicket + 1) >>> 0 || 1
    const ticket = this.#lastTicket
    const end = () => {
      cancel()
      over(undefined)
    }
    const settle = (run: () => void) => {
      if (this.#ends.delete(end)) run()
    }
    const cancel = () => {
      if (this.#ends.delete(end)) this.#outlet.cancel(ticket)
    }
    this.#ends.add(end)
    this.#outlet.watch(ticket, seen).then(
      (value) => settle(() => next(value)),
      (error) => settle(() => over(error)),
    )
    return cancel
  }

  /** There will be no more to see. */
  endAll(): void {
    for (const end of [...this.#ends]) end()
  }
}
