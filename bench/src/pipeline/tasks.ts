import { busy } from '../pool/tasks.ts'
import type { Item } from './load.ts'

/** What each stage does with an item. */
export function step(item: Item): Item {
  const found = item.steps === 0 ? item.id : busy(item.steps + (item.id & 7))
  return { ...item, done: item.done + 1, sum: item.sum + found }
}
