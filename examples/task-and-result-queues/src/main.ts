// Tasks go out through one queue and results come back through another; an end marker ends the worker.

import { Process, Queue, taskModule } from '@millrace/node'
import { END } from './tasks.ts'

const TASKS = 5

const tasks = taskModule<typeof import('./tasks.ts')>(new URL('./tasks.ts', import.meta.url))

const jobs = new Queue<number | typeof END>()
const results = new Queue<string>()
const worker = new Process(tasks.work, { args: [jobs, results] }).start()

for (let job = 0; job < TASKS; job += 1) await jobs.put(job)
for (let job = 0; job < TASKS; job += 1) console.log(await results.get())

await jobs.put(END)
await worker.join()
console.log(`worker ended with exit code ${worker.exitCode}`)

for (const queue of [jobs, results]) {
  await queue.close()
  await queue.joinThread()
}
console.log('both queues are closed')
