import { Pool, taskModule } from '@millrace/node'
import { forEach, from, mapProcess } from '@millrace/node/rxjs'
import { lastValueFrom } from 'rxjs'
import { bound, stages, workers } from './load.ts'
import { pipeline } from './subject.ts'

const tasks = taskModule<typeof import('./tasks.ts')>(new URL('./tasks.js', import.meta.url))

/** Stages with pools that stay from one run to the next. */
export const millraceRxjs = pipeline(() => {
  const pools = Array.from({ length: stages }, () => new Pool({ processes: workers }))
  const [first, second, third] = pools.map((pool) => mapProcess(tasks.step, { pool, maxsize: bound }))
  return {
    run: (items, arrived) => lastValueFrom(from(items).pipe(first!, second!, third!, forEach(arrived))),
    async close() {
      for (const pool of pools) await pool.close()
      for (const pool of pools) await pool.join()
    },
  }
})
