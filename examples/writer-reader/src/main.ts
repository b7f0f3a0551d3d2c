// One process writes to a queue, another one reads from it, and the parent only waits for both.

import { Process, Queue, taskModule } from '@millrace/node'

const tasks = taskModule<typeof import('./tasks.ts')>(new URL('./tasks.ts', import.meta.url))

console.log('start')
const queue = new Queue<string>()
const writer = new Process(tasks.write, { args: [queue] }).start()
const reader = new Process(tasks.read, { args: [queue] }).start()
await writer.join()
await reader.join()
console.log('end')
