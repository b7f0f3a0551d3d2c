import * as platform from '@millrace/node'
import { type Kind, type Task, taskModule } from '@millrace/node'
import { workers } from './load.ts'
import { rival } from './rival-pool.ts'
import type { Subject } from './subject.ts'

const tasks = taskModule<typeof import('./tasks.ts')>(new URL('./tasks.js', import.meta.url))

/** As much of `Pool` as is measured. It stands here until `@millrace/node` exports one. */
interface Pool {
  apply(task: Task<[number], number>, args: [number]): Promise<number>
  map(task: Task<[number], number>, items: Iterable<number>): Promise<number[]>
  close(): Promise<void>
  join(): Promise<void>
}

type PoolClass = new (options: { processes: number; kind: Kind }) => Pool

/** Says what is missing while there is no such pool. */
export function missingPool(): string | undefined {
  return poolClass() ? undefined : '@millrace/node has no Pool'
}

export function millrace(kind: Kind): Subject {
  return rival((name) => {
    const Pool = poolClass()
    if (!Pool) throw new Error(missingPool())
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

function poolClass(): PoolClass | undefined {
  return 'Pool' in platform ? (platform.Pool as PoolClass) : undefined
}
