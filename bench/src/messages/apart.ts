import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Load } from './load.ts'

export interface Measurement {
  /** The URL of the module that lists the subject. */
  readonly catalogue: string
  readonly subject: string
  readonly load: Load
  readonly seconds: number
}

const program = fileURLToPath(new URL('./measurement.js', import.meta.url))
const ownGroup = process.platform !== 'win32'

/**
 * The rate of one measurement, made by a new process in the parent's role: what the compiler learned, and the heap
 * kept, from one subject or payload must not colour the next.
 */
export async function measureApart(measurement: Measurement): Promise<number> {
  const parent = spawn(process.execPath, [program, JSON.stringify(measurement)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: ownGroup,
  })
  const end = () => kill(parent)
  const interrupt = () => process.exit(130)
  process.once('exit', end).once('SIGINT', interrupt).once('SIGTERM', interrupt)
  const timeout = 60_000 + 10_000 * measurement.seconds
  const timer = setTimeout(end, timeout)
  try {
    const [answer, [code, signal]] = await Promise.all([text(parent.stdout), once(parent, 'exit')])
    if (code === 0) return Number(answer)
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
