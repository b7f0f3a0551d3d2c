import type { Total } from '../src/batch.ts'

const COUNTRIES = ['AT', 'DE', 'FR', 'IT', 'NO']

/** A file of so many orders, every ninth of which is none, and what has to come of it: by other means than the program's. */
export function orders(rows: number): { readonly csv: string; readonly totals: Total[]; readonly bad: number[] } {
  const lines = ['id,country,amount']
  const sums = new Map<string, Total>()
  const bad: number[] = []
  for (let row = 0; row < rows; row++) {
    const country = COUNTRIES[(row * 7) % COUNTRIES.length]!
    const cents = (row * 37) % 10_000
    const amount = `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`
    if (row % 9 === 4) {
      bad.push(row + 2)
      lines.push(badRow(row, bad.length, country, amount))
    } else {
      lines.push(row % 2 === 0 ? `A${1000 + row},${country},${amount}` : `"A${1000 + row}", ${country} ,"${amount}"`)
      const so = sums.get(country) ?? { country, orders: 0, cents: 0 }
      sums.set(country, { country, orders: so.orders + 1, cents: so.cents + cents })
    }
  }
  const totals = COUNTRIES.flatMap((country) => sums.get(country) ?? [])
  return { csv: `${lines.join('\n')}\n`, totals, bad }
}

function badRow(row: number, kind: number, country: string, amount: string): string {
  const wrong = [
    `A${row + 1000},${country}`,
    `A${row + 1000},${country},-3.00`,
    `a12,${country},${amount}`,
    `A${row + 1000},Norway,${amount}`,
    `"A${row + 1000},${country},${amount}`,
    '',
  ]
  return wrong[kind % wrong.length]!
}
