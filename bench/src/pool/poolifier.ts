import { fileURLToPath } from 'node:url'
import { FixedClusterPool, FixedThreadPool } from 'poolifier'
import { workers } from './load.ts'
import { type RivalPool, rival } from './rival-pool.ts'

const threadProgram = fileURLToPath(new URL('./poolifier-thread.js', import.meta.url))
const processProgram = fileURLToPath(new URL('./poolifier-process.cjs', import.meta.url))

type Pool = FixedThreadPool<number, number> | FixedClusterPool<number, number>

export const poolifierThread = rival((task, way) => {
  const exits = countExits()
  const pool = new FixedThreadPool<number, number>(workers, threadProgram, {
    ...options(way),
    exitHandler: exits.count,
  })
  return asRival(pool, task, exits.all)
})

/** The processes of `node:cluster`. */
export const poolifierProcess = rival((task, way) => {
  const exits = countExits()
  const pool = new FixedClusterPool<number, number>(workers, processProgram, {
    ...options(way),
    exitHandler: exits.count,
    // Or every worker would warn that it loads a module of the other kind.
    settings: { execArgv: ['--disable-warning=ExperimentalWarning'] },
  })
  return asRival(pool, task, exits.all)
})

/** Without events, which cost time and have no listeners here. With queues, a worker that is idle takes from another. */
function options(way: string) {
  return { enableEvents: false, enableTasksQueue: way === 'queued' }
}

function asRival(pool: Pool, task: string, exited: Promise<void>): RivalPool {
  return {
    call: (item) => pool.execute(item, task),
    map: (items) => pool.mapExecute(items, task),
    // `destroy` may wait for ever for the word of a thread that has exited.
    close: () => Promise.race([pool.destroy(), exited]),
  }
}

function countExits() {
  let left = workers
  let resolve = () => {}
  const all = new Promise<void>((resolved) => {
    resolve = resolved
  })
  const count = () => {
    if (--left === 0) resolve()
  }
  return { count, all }
}
