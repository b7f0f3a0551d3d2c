import { Pool, taskModule } from '@millrace/node'
import { bound, stages, workers } from './load.ts'
import { pipeline } from './subject.ts'

const tasks = taskModule<typeof import('./tasks.ts')>(new URL('./tasks.js', import.meta.url))

/** A pool for each stage, the results of one being the inputs of the next. */
export const millrace = pipeline(() => {
  const pools = Array.from({ length: stages }, () => new Pool({ processes: workers }))
  const [first, second, third] = pools as [Pool, Pool, Pool]
  const options = { buffersize: bound }
  return {
    async run(items, arrived) {
      const once = first.imap(tasks.step, items, options)
      const twice = second.imap(tasks.step, once, options)
      for await (const item of third.imap(tasks.step, twice, options)) arrived(item)
    },
    async close() {
      for (const pool of pools) await pool.close()
      for (const pool of pools) await pool.join()
    },
  }
})
