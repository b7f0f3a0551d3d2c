import { FixedQueue, Piscina } from 'piscina'
import { workers } from './load.ts'
import { rival } from './rival-pool.ts'

const filename = new URL('./tasks.js', import.meta.url).href

/** With the faster one of its queues, and without its statistics. */
export const piscina = rival((task, way) => {
  const pool = new Piscina<number, number>({
    filename,
    name: task,
    minThreads: workers,
    maxThreads: workers,
    concurrentTasksPerWorker: way === '16 at a time' ? 16 : 1,
    taskQueue: new FixedQueue(),
    recordTiming: false,
  })
  return { call: (item) => pool.run(item), close: () => pool.destroy() }
})
