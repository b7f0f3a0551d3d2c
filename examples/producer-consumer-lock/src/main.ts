// Two producers and two consumers share a store and a lock: each makes or takes one item while it holds the lock.

import { type Kind, Lock, Process, Queue, taskModule } from '@millrace/node'

const kind = (process.argv[2] ?? 'process') as Kind

const tasks = taskModule<typeof import('./tasks.ts')>(new URL('./tasks.ts', import.meta.url))

const EACH = 5
const store = new Queue<string>()
const lock = new Lock()
const workers = [
  ...['apples', 'pears'].map((name) => new Process(tasks.produce, { args: [store, lock, EACH], name, kind })),
  ...['Ann', 'Ben'].map((name) => new Process(tasks.consume, { args: [store, lock, EACH], name, kind })),
]
for (const worker of workers) worker.start()
for (const worker of workers) await worker.join()
console.log(`left in the store: ${await store.qsize()}; the lock is ${(await lock.locked()) ? 'held' : 'free'}`)
