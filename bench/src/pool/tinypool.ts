import { Tinypool } from 'tinypool'
import { workers } from './load.ts'
import { rival } from './rival-pool.ts'
import type { Subject } from './subject.ts'

const filename = new URL('./tasks.js', import.meta.url)

export function tinypool(runtime: 'worker_threads' | 'child_process'): Subject {
  return rival((task, way) => {
    const pool = new Tinypool({
      filename,
      runtime,
      name: task,
      minThreads: workers,
      maxThreads: workers,
      concurrentTasksPerWorker: way === '16 at a time' ? 16 : 1,
    })
    return { call: (item) => pool.run(item), close: () => pool.destroy() }
  })
}
