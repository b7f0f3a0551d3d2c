import { busyItem } from './answers.ts'
import { busy } from './tasks.ts'

export interface Order {
  readonly milliseconds: number
  readonly steps: number
}

export interface Yield {
  readonly tasks: number
  readonly seconds: number
  /** Of all results. */
  readonly sum: number
}

process.on('message', async ({ milliseconds, steps }: Order) => {
  const start = performance.now()
  let tasks = 0
  let sum = 0
  let now = start
  // Each awaited, so that the compiler meets the task as it does in a pool.
  for (; now < start + milliseconds; now = performance.now()) sum += await result(busyItem(steps, tasks++))
  process.send?.({ tasks, seconds: (now - start) / 1000, sum } satisfies Yield)
})

async function result(steps: number): Promise<number> {
  return busy(steps)
}
