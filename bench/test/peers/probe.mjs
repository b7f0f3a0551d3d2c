// What becomes of the calls of one pool, in a process of its own: printed as JSON.
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import Piscina from 'piscina'
import { FixedThreadPool } from 'poolifier'
import Tinypool from 'tinypool'
import workerpool from 'workerpool'

const file = (name) => fileURLToPath(new URL(name, import.meta.url))
const filename = file('task.mjs')
const two = { filename, minThreads: 2, maxThreads: 2 }

function piscina() {
  const pool = new Piscina({ ...two, concurrentTasksPerWorker: 2 })
  return { run: (order) => pool.run(order), waiting: () => pool.queueSize }
}
function tinypool(runtime) {
  const pool = new Tinypool({ ...two, runtime, concurrentTasksPerWorker: runtime === 'worker_threads' ? 2 : 1 })
  return { run: (order) => pool.run(order), waiting: () => pool.queueSize }
}
function workers(workerType) {
  const pool = workerpool.pool(file('workerpool-task.mjs'), { workerType, maxWorkers: 2 })
  return { run: (order) => pool.exec('task', [order]), waiting: () => pool.stats().pendingTasks }
}
function poolifier() {
  const pool = new FixedThreadPool(2, file('poolifier-task.mjs'))
  return { run: (order) => pool.execute(order), waiting: () => pool.info.executingTasks }
}
const pools = {
  piscina,
  'tinypool-thread': () => tinypool('worker_threads'),
  'tinypool-process': () => tinypool('child_process'),
  'workerpool-thread': () => workers('thread'),
  'workerpool-process': () => workers('process'),
  poolifier,
}
process.on('uncaughtException', () => {})
process.on('unhandledRejection', () => {})

const { run, waiting } = pools[process.argv[2]]()
await run({ what: 'warm' })
// Side by side with one that ends its worker.
const neighbours = [1, 2, 3].map(() => run({ what: 'slept', ms: 300 }))
const exit = run({ what: 'exit' })
// All that is left of the pool works on: whatever is not settled by the time these are will not be.
await Promise.allSettled([neighbours[0], neighbours[2]])
for (let i = 0; i < 10; i++) await run({ what: 'later', ms: 50 })
const died = { task: await outcome(exit), neighbours: await Promise.all(neighbours.map(outcome)) }
const given = await outcome(Promise.resolve().then(() => run({ what: () => 1 })))
const returned = await outcome(run({ what: 'function' }))
for (let i = 0; i < 10_000; i++) run({ what: i, ms: 1000 })
console.log(JSON.stringify({ died, given, returned, waiting: waiting() }))
process.exit()

/** @param {Promise<unknown>} promise */
function outcome(promise) {
  const settled = promise.then(
    (value) => (value === undefined ? 'undefined' : 'value'),
    () => 'error',
  )
  return Promise.race([settled, sleep(2_000, 'never')])
}
