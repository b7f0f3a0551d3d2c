import { type Kind, Lock, Pipe, Process, SharedValue, taskModule } from '@millrace/node'
import { type CaseName, isAlone, type Rivals } from './load.ts'
import { workOn } from './millrace-tasks.ts'

const tasks = taskModule<typeof import('./millrace-tasks.ts')>(new URL('./millrace-tasks.js', import.meta.url))

/** This process and a child of that kind, with one value. */
export function millrace(kind: Kind): (name: CaseName) => Promise<Rivals> {
  return async (name) => {
    const shared = { value: new SharedValue('int32', 0), lock: new Lock() }
    const [here, there] = Pipe<number | null>()
    const child = new Process(tasks.serveCounter, { args: [there, shared, name], kind }).start()
    const work = workOn(shared, name)
    return {
      async run(operations) {
        const start = performance.now()
        if (!isAlone(name)) await here.send(operations)
        // So that the order leaves before this process is busy.
        await new Promise((resolve) => setImmediate(resolve))
        await work(operations)
        if (!isAlone(name)) await here.recv()
        return (performance.now() - start) / 1000
      },
      async close() {
        await here.send(null)
        await child.join()
        await here.close()
      },
    }
  }
}
