import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { mainOf } from '../../run-example.ts'
import type { PageReport, Report } from '../src/report.ts'

export interface Run {
  exitCode: number | null
  stdout: string
  stderr: string
}

/** The compiled program, started with pipes instead of a terminal, at the head of a process group of its own. */
export const startCrawler = (...args: string[]) =>
  spawn(process.execPath, [mainOf('crawler'), ...args], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] })

/** Waits until the program and all that hold its output have ended. */
export async function endOf(program: ReturnType<typeof startCrawler>): Promise<Run> {
  const [stdout, stderr] = await Promise.all([text(program.stdout), text(program.stderr), once(program, 'close')])
  return { exitCode: program.exitCode, stdout, stderr }
}

export const runCrawler = (...args: string[]): Promise<Run> => endOf(startCrawler(...args))

/** Runs with `--json`: standard output must hold that one document. */
export async function reportOn(site: string, ...args: string[]): Promise<Report & { exitCode: number | null }> {
  const { exitCode, stdout, stderr } = await runCrawler(site, '--json', ...args)
  if (stdout === '') throw new Error(`exit code ${exitCode}: ${stderr}`)
  return { exitCode, ...(JSON.parse(stdout) as Report) }
}

/** The paths of a report's pages, and what was found there. */
export function pagesOf({ start, pages }: Report): Record<string, PageReport> {
  return Object.fromEntries(pages.map((page) => [pathOf(start, page.url), page]))
}

export const pathOf = (start: string, url: string): string => url.replace(new URL(start).origin, '')
