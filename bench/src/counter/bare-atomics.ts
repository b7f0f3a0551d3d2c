import { Pipe, Process, SharedArray, taskModule } from '@millrace/node'
import { bareWork } from './bare-tasks.ts'
import type { CaseName, Rivals } from './load.ts'

const tasks = taskModule<typeof import('./bare-tasks.ts')>(new URL('./bare-tasks.js', import.meta.url))

/** The same memory, and nothing but `Atomics` on it: a lock is a word that whoever wants it looks at until it is free. */
export async function bareAtomics(name: CaseName): Promise<Rivals> {
  const words = new SharedArray('int32', 2)
  const [here, there] = Pipe<number | null>()
  const child = new Process(tasks.serveBare, { args: [there, words, name] }).start()
  const work = bareWork(words.view, name)
  return {
    async run(operations) {
      const start = performance.now()
      if (name !== 'lock') await here.send(operations)
      await new Promise((resolve) => setImmediate(resolve))
      work(operations)
      if (name !== 'lock') await here.recv()
      return (performance.now() - start) / 1000
    },
    async close() {
      await here.send(null)
      await child.join()
      await here.close()
    },
  }
}
