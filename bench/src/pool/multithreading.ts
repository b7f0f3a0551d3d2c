import { initRuntime, move, shutdown, spawn } from 'multithreading'
import { workers } from './load.ts'
import { rival } from './rival-pool.ts'
import { busy, double } from './tasks.ts'

const tasks = { busy, double }

/** One pool for all of a process, whose workers start when there is something to do for them. */
export const multithreading = rival((name) => {
  initRuntime({ maxWorkers: workers })
  const task = tasks[name]
  return {
    async call(item) {
      const outcome = await spawn(move(item), task).join()
      if (!outcome.ok) throw outcome.error
      return outcome.value
    },
    close: async () => shutdown(),
  }
})
