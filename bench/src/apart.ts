import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

const ownGroup = process.platform !== 'win32'

/** In milliseconds, besides what is asked of a program: on a busy machine a browser alone takes thirty seconds to start. */
const PATIENCE = 90_000

/**
 * What the program prints, run by a new process of this Node: what the compiler learned, and the heap kept, from one
 * subject or payload must not colour the next. Rejects when that takes longer than `busy`
 * milliseconds and this patience.
 */
export async function runApart(program: string, args: readonly string[], busy: number): Promise<string> {
  const parent = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: ownGroup,
  })
  const end = () => kill(parent)
  const interrupt = () => process.exit(130)
  process.once('exit', end).once('SIGINT', interrupt).once('SIGTERM', interrupt)
  try {
    // What keeps its output open has not ended, even if the program itself has.
    const ended = Promise.all([text(parent.stdout), once(parent, 'exit')])
    const [answer, [code, signal]] = await within(busy + PATIENCE, ended)
    if (code === 0) return answer
    throw new Error(signal ?? `exit code ${code}`)
  } catch (error) {
    end()
    parent.stdout.destroy()
    throw error
  } finally {
    process.off('exit', end).off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
}

/** Does not count on the end of what it has killed: that might have been out of reach. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it has not ended within ${ms / 1000} s, and was killed`)), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
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
