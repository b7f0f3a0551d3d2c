import { fileURLToPath } from 'node:url'
import { pool as workerPool } from 'workerpool'
import { workers } from './load.ts'
import { rival } from './rival-pool.ts'
import type { Subject } from './subject.ts'

const program = fileURLToPath(new URL('./workerpool-worker.js', import.meta.url))

export function workerpool(workerType: 'thread' | 'process'): Subject {
  return rival((task) => {
    const pool = workerPool(program, { workerType, minWorkers: workers, maxWorkers: workers })
    return {
      call: (item) => pool.exec(task, [item]),
      async close() {
        await pool.terminate(true)
      },
    }
  })
}
