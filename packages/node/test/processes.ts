import { type ChildProcess, spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

// What the system knows of processes, asked of the system and not of the library.

interface Stat {
  readonly name: string
  readonly state: string
  readonly parent: number
}

async function statOf(pid: number): Promise<Stat | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (stat === undefined) return undefined
  const [state = '', parent = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { name: stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')), state, parent: Number(parent) }
}

/** Whether a process has not ended; a zombie has. */
export async function isRunning(pid: number): Promise<boolean> {
  const stat = await statOf(pid)
  return stat !== undefined && stat.state !== 'Z' && stat.state !== 'X'
}

/** Whether a process has ended and nobody has taken note. */
export async function isZombie(pid: number): Promise<boolean> {
  return (await statOf(pid))?.state === 'Z'
}

/** The processes that a process has started and that have not ended, and their names. */
export async function childrenOf(parent: number): Promise<Array<{ pid: number; name: string }>> {
  const children: Array<{ pid: number; name: string }> = []
  for (const entry of await readdir('/proc')) {
    const pid = Number(entry)
    if (!Number.isInteger(pid)) continue
    const stat = await statOf(pid)
    if (stat?.parent === parent && stat.state !== 'Z') children.push({ pid, name: stat.name })
  }
  return children
}

/** Resolves once a condition holds; rejects when it does not within `ms`. */
export async function eventually(what: string, condition: () => Promise<boolean>, ms = 60_000): Promise<void> {
  for (const deadline = Date.now() + ms; !(await condition()); await sleep(10))
    if (Date.now() > deadline) throw new Error(`after ${ms} ms still not: ${what}`)
}

/** Resolves once none of these processes runs any more. */
export async function allGone(pids: readonly number[]): Promise<void> {
  await eventually(`${pids.join(', ')} gone`, async () => {
    for (const pid of pids) if (await isRunning(pid)) return false
    return true
  })
}

/** The number of bytes that a process has in memory. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
}

export interface Program {
  readonly pid: number
  readonly child: ChildProcess
  /** The next line that it prints, as JSON. */
  line<T>(): Promise<T>
  /** How it ended, and everything that it printed. */
  readonly ended: Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }>
}

export interface ProgramOptions {
  readonly args?: readonly string[]
  readonly flags?: readonly string[]
  readonly cwd?: string
}

const programs = new Set<ChildProcess>()
afterAll(() => {
  for (const program of programs) program.kill('SIGKILL')
})

/** Runs a program of `fixtures/` in a process of its own. It is killed when the tests end before it does. */
export function runProgram(name: string, { args = [], flags = [], cwd }: ProgramOptions = {}): Program {
  const file = fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url))
  return runNode(name, [...flags, file, ...args], cwd)
}

/** The same, for a program given as the text of a module, which can import this package. */
export function runModule(text: string): Program {
  const folder = fileURLToPath(new URL('.', import.meta.url))
  return runNode('a module', ['--input-type=module', '--eval', text], folder)
}

function runNode(name: string, args: readonly string[], cwd: string | undefined): Program {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd })
  programs.add(child)
  child.once('close', () => programs.delete(child))
  const text = { stdout: '', stderr: '' }
  let wake = () => {}
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (chunk: string) => {
      text[stream] += chunk
      wake()
    })
  const ended = new Promise<Awaited<Program['ended']>>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      resolve({ code, signal, ...text })
      wake()
    })
  })
  let read = 0
  const line = async <T>(): Promise<T> => {
    for (;;) {
      const end = text.stdout.indexOf('\n', read)
      if (end >= 0) {
        const json = text.stdout.slice(read, end)
        read = end + 1
        return JSON.parse(json) as T
      }
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`${name} ended (${child.exitCode}, ${child.signalCode}) without another line:\n${text.stderr}`)
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  return { pid: child.pid!, child, line, ended }
}
