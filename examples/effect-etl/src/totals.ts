import type { Total } from './batch.ts'

/** Sums by country. */
export class Totals {
  readonly #totals = new Map<string, Total>()

  constructor(totals: readonly Total[] = []) {
    for (const total of totals) this.add(total)
  }

  add({ country, orders, cents }: Total): void {
    const so = this.#totals.get(country)
    this.#totals.set(country, { country, orders: (so?.orders ?? 0) + orders, cents: (so?.cents ?? 0) + cents })
  }

  /** In the order of the countries' names. */
  get list(): Total[] {
    return [...this.#totals.values()].sort((a, b) => (a.country < b.country ? -1 : 1))
  }
}
