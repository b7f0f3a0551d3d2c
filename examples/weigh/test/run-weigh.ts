import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { mainOf } from '../../run-example.ts'
import type { Report } from '../src/report.ts'

export interface Run {
  exitCode: number | null
  stdout: string
  stderr: string
}

/** The compiled program, started with pipes instead of a terminal, at the head of a process group of its own. */
export const startWeigh = (...args: string[]) =>
  spawn(process.execPath, [mainOf('weigh'), ...args], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] })

/** Waits until the program and all that hold its output have ended. */
export async function endOf(program: ReturnType<typeof startWeigh>): Promise<Run> {
  const [stdout, stderr] = await Promise.all([text(program.stdout), text(program.stderr), once(program, 'close')])
  return { exitCode: program.exitCode, stdout, stderr }
}

export const runWeigh = (...args: string[]): Promise<Run> => endOf(startWeigh(...args))

/** Runs with `--json`: standard output must hold that one document. */
export async function reportOn(folder: string, ...args: string[]): Promise<Report> {
  const { exitCode, stdout, stderr } = await runWeigh(folder, '--json', '--sample', '0', ...args)
  if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${stderr}`)
  return JSON.parse(stdout) as Report
}
