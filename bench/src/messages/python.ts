import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { pythonVersion } from '../machine.ts'
import type { Entry, Subject } from './subject.ts'

// Not compiled, so not in dist; from either folder the way to it is the same.
const program = fileURLToPath(new URL('../../src/messages/python/rival.py', import.meta.url))

const missing = async () => (pythonVersion() ? undefined : 'python3 is not installed')

/** `multiprocessing.Queue(1000)`. */
export const pythonQueue: Entry = { missing, load: async () => python('queue') }

/** `multiprocessing.Pipe()`: no bound but that of the socket, no lock, one reader and one writer. */
export const pythonPipe: Entry = { missing, load: async () => python('pipe') }

/** Python plays both the parent and the child and takes the time; it gets only the numbers of messages from here. */
function python(rival: 'queue' | 'pipe'): Subject {
  return {
    async open(load) {
      const parent = spawn('python3', [program, rival, load.case, load.flow], { stdio: ['pipe', 'pipe', 'inherit'] })
      const exited = once(parent, 'exit')
      const answers = createInterface(parent.stdout)[Symbol.asyncIterator]()
      return {
        async run(messages) {
          parent.stdin.write(`${messages}\n`)
          const { value, done } = await answers.next()
          if (done) throw new Error(`rival.py ended early, with ${await exited}`)
          return Number(value)
        },
        async close() {
          parent.stdin.end()
          await exited
        },
      }
    },
  }
}
