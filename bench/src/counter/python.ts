import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { CaseName, Rivals } from './load.ts'

// Not compiled, so not in dist; from either folder the way to it is the same.
const program = fileURLToPath(new URL('../../src/counter/rival.py', import.meta.url))

/** Python plays both processes and takes the time. */
export function python(rival: 'value' | 'lock'): (name: CaseName) => Promise<Rivals> {
  return async (name) => {
    const parent = spawn('python3', [program, rival, name], { stdio: ['pipe', 'pipe', 'inherit'] })
    const exited = once(parent, 'exit')
    const answers = createInterface(parent.stdout)[Symbol.asyncIterator]()
    return {
      async run(operations) {
        parent.stdin.write(`${operations}\n`)
        const { value, done } = await answers.next()
        if (done) throw new Error(`rival.py ended early, with ${await exited}`)
        return Number(value)
      },
      async close() {
        parent.stdin.end()
        await exited
      },
    }
  }
}
