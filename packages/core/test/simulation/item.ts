import type { Random } from '../random.ts'

/** An item of the simulation: whatever its shape, it bears a number that no other has. */
export type Item = number | string | { readonly id: number; readonly [more: string]: unknown }

export function itemOf(id: number, random: Random, large: boolean): Item {
  switch (random.int(large ? 6 : 4)) {
    case 0:
      return id
    case 1:
      return `${id} ${'.'.repeat(random.int(40))}`
    case 2:
      return { id, name: 'short' }
    case 3:
      return { id, nested: { list: [1, 2, 3], map: new Map([[1, 'x']]) } }
    case 4:
      return `${id} ${'.'.repeat(random.pick([2_000, 9_000, 20_000]))}`
    default:
      return { id, bytes: new Uint8Array(random.pick([5_000, 33_000, 70_000, 70_000])) }
  }
}

/** The number that an item bears. */
export function idOf(item: unknown): number {
  if (typeof item === 'number') return item
  if (typeof item === 'string') return Number.parseInt(item, 10)
  return (item as { id: number }).id
}
