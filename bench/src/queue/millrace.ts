import { Process, Queue, taskModule } from '@millrace/node'
import { mover } from '../messages/exchange.ts'
import { type Subject, timed } from '../messages/subject.ts'
import { queueExchange } from './millrace-tasks.ts'

const tasks = taskModule<typeof import('./millrace-tasks.ts')>(new URL('./millrace-tasks.js', import.meta.url))

/** Millrace as its users write it: two queues, every put and get awaited. */
export const millrace: Subject = {
  async open(load) {
    const there = new Queue<unknown>({ maxsize: 1000 })
    const back = new Queue<unknown>({ maxsize: 1000 })
    const child = new Process(tasks.serveQueues, { args: [there, back, load] }).start()
    const move = mover(queueExchange(there, back), load)
    return {
      run: (messages) => timed(() => move(messages)),
      async close() {
        await there.put(null)
        await child.join()
      },
    }
  },
}
