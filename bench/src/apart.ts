import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

const ownGroup = process.platform !== 'win32'

/**
 * What the program prints, run by a new process of this Node: what the compiler learned, and the heap kept, from one
 * subject or payload must not colour the next. `timeout` is in milliseconds.
 */
export async function runApart(program: string, args: readonly string[], timeout: number): Promise<string> {
  const parent = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: ownGroup,
  })
  const end = () => kill(parent)
  const interrupt = () => process.exit(130)
  process.once('exit', end).once('SIGINT', interrupt).once('SIGTERM', interrupt)
  const timer = setTimeout(end, timeout)
  try {
    const [answer, [code, signal]] = await Promise.all([text(parent.stdout), once(parent, 'exit')])
    if (code === 0) return answer
    end()
    throw new Error(signal ? `${signal} (its time limit is ${timeout} ms)` : `exit code ${code}`)
  } finally {
    clearTimeout(timer)
    process.off('exit', end).off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
}

/** With all that it started, so that a subject that fails or hangs leaves nothing behind. */
function kill({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(ownGroup ? -pid : pid, 'SIGKILL')
  } catch {
    // All of them are gone already.
  }
}
