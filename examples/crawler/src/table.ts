import Table from 'cli-table3'
import type { BrokenLink, PageReport, Report } from './report.ts'
import { count, integer, kilobytes, milliseconds, seconds } from './words.ts'

/** The report for people: what is broken last, where the eye is. */
export function tableOf(report: Report, rows: number): string {
  return [...linesOf(report, rows), ''].join('\n')
}

function* linesOf(report: Report, rows: number): Generator<string> {
  const { start, pages, processes, kind } = report
  if (report.interrupted) yield 'Interrupted: this is what was done so far.'
  const workers = count(processes, kind)
  yield `${start}: ${count(pages.length, 'page')}, ${kilobytes(report.bytes)} kB in ${seconds(report.seconds)} by ${workers}`
  if (pages.length > 0) yield pageTable(report, rows)
  yield* remarks(report)
  yield* brokenLinks(report)
}

/** The slowest ones. */
function pageTable({ start, pages }: Report, rows: number): string {
  const slowest = [...pages].sort((a, b) => (b.ms ?? Infinity) - (a.ms ?? Infinity) || a.depth - b.depth)
  const lines = slowest.slice(0, rows).map((page) => row(start, page))
  const hidden = pages.length - lines.length
  if (hidden > 0) lines.push([count(hidden, 'faster page'), '', '', '', ''])
  const table = new Table({
    head: ['page', 'status', 'depth', 'kB', 'ms'],
    colAligns: ['left', 'left', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  })
  table.push(...lines)
  return table.toString()
}

const row = (start: string, page: PageReport): string[] => [
  short(start, page.url),
  statusOf(start, page),
  integer(page.depth),
  page.bytes === null ? '' : `${page.cut ? '> ' : ''}${kilobytes(page.bytes)}`,
  page.ms === null ? '' : milliseconds(page.ms),
]

function statusOf(start: string, { status, redirect, problem }: PageReport): string {
  if (problem !== null) return problem
  return redirect === null ? String(status) : `${status} → ${short(start, redirect)}`
}

function* remarks(report: Report): Generator<string> {
  const { start, retried, workersDied, barred, notVisited, full, depth } = report
  if (retried > 0) yield `Repeated: ${count(retried, 'request')}`
  if (workersDied > 0) yield `${count(workersDied, 'worker')} died and had to be replaced`
  if (notVisited > 0 && !report.interrupted) {
    const why = full
      ? 'there are too many pages (--max-pages)'
      : `they are more than ${count(depth, 'link')} away (--depth)`
    yield `Not visited: ${count(notVisited, 'link')}; ${why}`
  }
  if (barred.length > 0) yield `Not allowed: ${count(barred.length, 'link')}`
  for (const { url, by } of barred) yield `  ${short(start, url)}: ${by}`
}

function* brokenLinks({ start, broken }: Report): Generator<string> {
  yield broken.length === 0 ? 'No broken links' : `Broken: ${count(broken.length, 'link')}`
  for (const link of broken) yield brokenLink(start, link)
}

function brokenLink(start: string, { link, problem, pages }: BrokenLink): string {
  const on = pages.map((page) => `\n    on ${short(start, page)}`)
  return `  ${short(start, link)}: ${problem}${on.join('')}`
}

/** Pages of the site are named by their path, in letters that people can read. */
function short(start: string, url: string): string {
  const { origin } = new URL(start)
  return readable(url.startsWith(`${origin}/`) ? url.slice(origin.length) : url)
}

function readable(url: string): string {
  try {
    return decodeURI(url)
  } catch {
    return url
  }
}
