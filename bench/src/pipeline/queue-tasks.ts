import type { Queue } from '@millrace/node'
import type { Item } from './load.ts'
import { step } from './tasks.ts'

/** Takes from one queue and puts into the other. */
export async function serve(from: Queue<Item | null>, to: Queue<Item | null>): Promise<void> {
  for await (const item of from) if (item !== null) await to.put(step(item))
}
