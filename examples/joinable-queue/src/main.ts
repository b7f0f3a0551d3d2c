// A producer learns when all that it put has been worked on: `join` waits for one `taskDone` per item.

import { JoinableQueue, Process, taskModule } from '@millrace/node'

const tasks = taskModule<typeof import('./tasks.ts')>(new URL('./tasks.ts', import.meta.url))

const queue = new JoinableQueue<string>({ maxsize: 4 })
for (const name of ['consumer-1', 'consumer-2']) {
  new Process(tasks.consume, { name, args: [queue], daemon: true }).start()
}
const producer = new Process(tasks.produce, { name: 'producer', args: [queue, 10] }).start()
await producer.join()
console.log('end')
