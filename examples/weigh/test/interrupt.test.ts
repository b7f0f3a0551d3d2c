import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { folderWith } from './folder.ts'
import { endOf, startWeigh } from './run-weigh.ts'

const FILES = 300
const BYTES = 200_000

/** More than could be measured before the test reacts. */
const muchToDo = () =>
  folderWith(Object.fromEntries(Array.from({ length: FILES }, (_, n) => [`package-${n}`, randomBytes(BYTES)])))

/** State and parent of a process, read from the system and not from the program; a zombie has ended. */
async function look(pid: number): Promise<{ runs: boolean; parent: number }> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z 0')
  const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { runs: state !== 'Z', parent: Number(parent) }
}

async function childrenOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(pids.map(look))
  return pids.filter((_, at) => found[at]?.parent === parent)
}

async function stillRunning(pids: number[]): Promise<number[]> {
  const found = await Promise.all(pids.map(look))
  return pids.filter((_, at) => found[at]?.runs)
}

/** Starts the program and, once something was measured, does as a terminal does at Ctrl-C: signals the whole group. */
async function interrupted(...args: string[]) {
  const program = startWeigh(await muchToDo(), '--processes', '2', ...args)
  const end = endOf(program)
  await once(program.stderr, 'data')
  const children = await childrenOf(program.pid!)
  process.kill(-program.pid!, 'SIGINT')
  // As npm does, which passes the signal on.
  program.kill('SIGINT')
  return { ...(await end), children }
}

describe.runIf(process.platform === 'linux')('Ctrl-C in the middle of a run', () => {
  test('ends all processes and prints what was done so far as a table', async () => {
    const { exitCode, stdout, children } = await interrupted()
    expect(exitCode).toBe(130)
    expect(children.length).toBeGreaterThanOrEqual(2)
    await expect.poll(() => stillRunning(children)).toEqual([])
    expect(stdout).toMatch(/^Interrupted: this is what was done so far\.\n/)
    expect(stdout).toMatch(/│ all +│ +\d+ │/)
  })

  test('leaves one JSON document that says so', async () => {
    const { exitCode, stdout, children } = await interrupted('--json')
    expect(exitCode).toBe(130)
    await expect.poll(() => stillRunning(children)).toEqual([])
    const report = JSON.parse(stdout)
    expect(report.interrupted).toBe(true)
    expect(report.files).toBeGreaterThan(0)
    expect(report.files).toBeLessThan(FILES)
    expect(report.raw).toBe(report.files * BYTES)
  })
})
