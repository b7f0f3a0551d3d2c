import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A program in Python that plays both sides, is told how much to do, and answers with how long it took, in seconds. */
export interface PythonProgram {
  run(count: number): Promise<number>
  close(): Promise<void>
}

export function startPython(program: string, ...args: readonly string[]): PythonProgram {
  const parent = spawn('python3', [program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(parent, 'exit')
  const answers = createInterface(parent.stdout)[Symbol.asyncIterator]()
  return {
    async run(count) {
      parent.stdin.write(`${count}\n`)
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
