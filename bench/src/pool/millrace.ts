import { type Kind, Pool, taskModule } from '@millrace/node'
import { workers } from './load.ts'
import { rival } from './rival-pool.ts'
import type { Subject } from './subject.ts'

const tasks = taskModule<typeof import('./tasks.ts')>(new URL('./tasks.js', import.meta.url))

export function millrace(kind: Kind): Subject {
  return rival((name) => {
    const pool = new Pool({ processes: workers, kind })
    const task = tasks[name]
    return {
      call: (item) => pool.apply(task, [item]),
      map: (items) => pool.map(task, items),
      inChunks: true,
      async close() {
        await pool.close()
        await pool.join()
      },
    }
  })
}
