import { busyItem } from './answers.ts'
import { busy } from './tasks.ts'

export interface Order {
  readonly milliseconds: number
  readonly steps: number
}

export interface Yield {
  readonly tasks: number
  /** Of CPU time. */
  readonly seconds: number
  /** Of all results. */
  readonly sum: number
}

process.on('message', async ({ milliseconds, steps }: Order) => {
  const start = process.cpuUsage()
  const end = performance.now() + milliseconds
  let tasks = 0
  let sum = 0
  // Each awaited, so that the compiler meets the task as it does in a pool.
  do sum += await result(busyItem(steps, tasks++))
  while (performance.now() < end)
  const { user, system } = process.cpuUsage(start)
  process.send?.({ tasks, seconds: (user + system) / 1e6, sum } satisfies Yield)
})

async function result(steps: number): Promise<number> {
  return busy(steps)
}
