import { Process, Queue, taskModule } from '@millrace/node'
import { bound, type Item, stages, workers } from './load.ts'
import { pipeline } from './subject.ts'

const tasks = taskModule<typeof import('./queue-tasks.ts')>(new URL('./queue-tasks.js', import.meta.url))

/** Processes that take from one queue and put into the next, as Python's users write it. */
export const millraceQueues = pipeline(() => {
  const queues = Array.from({ length: stages + 1 }, () => new Queue<Item | null>({ maxsize: bound }))
  const processes = queues.slice(1).flatMap((to, stage) => {
    const args = [queues[stage]!, to] as const
    return Array.from({ length: workers }, () => new Process(tasks.serve, { args }).start())
  })
  const [source] = queues
  const end = queues[stages]!
  return {
    async run(items, arrived) {
      let count = 0
      const feed = async () => {
        for (const item of items) {
          await source!.put(item)
          count++
        }
      }
      const feeding = feed()
      let taken = 0
      let fed = false
      void feeding.then(() => {
        fed = true
      })
      while (!fed || taken < count) {
        arrived((await end.get()) as Item)
        taken++
      }
      await feeding
    },
    async close() {
      for (const process of processes) await process.terminate()
      for (const process of processes) await process.join()
    },
  }
})
