import Table from 'cli-table3'
import type { Report } from './report.ts'
import { type Sizes, subtractSizes } from './sizes.ts'
import { count, finely, integer, megabytes, percent, seconds } from './words.ts'

const ROWS = 20
const UNREADABLE_SHOWN = 10
const HEAD = ['package', 'files', 'raw', 'share', 'gzip', 'brotli']
const LEAST_NAME = 16
/** What a cell adds to its text: a space on either side and a border. */
const CELL = 3

/** The report for people: a table of the heaviest packages and what else is worth knowing. */
export function tableOf(report: Report, rows = ROWS): string {
  return [...linesOf(report, rows), ''].join('\n')
}

function* linesOf(report: Report, rows: number): Generator<string> {
  if (report.interrupted) yield 'Interrupted: this is what was done so far.'
  yield `${report.folder}: ${count(report.files, 'file')} in ${count(report.packageCount, 'package')}, sizes in MB`
  if (report.files > 0) yield packageTable(report, rows)
  yield* speed(report)
  yield* omissions(report)
}

function packageTable(report: Report, rows: number): string {
  const shown = report.packages.slice(0, rows)
  const lines = shown.map((entry) => row(entry.name, entry, report))
  const hidden = report.packageCount - shown.length
  if (hidden > 0) lines.push(row(count(hidden, 'lighter package'), rest(report, shown), report))
  lines.push(row('all', report, report))
  const table = new Table({
    head: HEAD,
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
    colWidths: [nameWidth([HEAD, ...lines])],
    style: { head: [], border: [], compact: true },
  })
  table.push(...lines)
  return table.toString()
}

const row = (name: string, sizes: Sizes, all: Sizes): string[] => [
  name,
  integer(sizes.files),
  finely(sizes.raw),
  percent(sizes.raw, all.raw),
  finely(sizes.gzip),
  finely(sizes.brotli),
]

/** As wide as the longest name, or as the terminal leaves room beside the other columns. */
function nameWidth(lines: string[][]): number {
  const [longest = 0, ...others] = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  const taken = others.reduce((sum, width) => sum + width + CELL, CELL - 1)
  return Math.min(longest + 2, Math.max(LEAST_NAME, (process.stdout.columns || Number.POSITIVE_INFINITY) - taken))
}

function rest(all: Sizes, shown: Sizes[]): Sizes {
  const left = { ...all }
  for (const sizes of shown) subtractSizes(left, sizes)
  return left
}

function* speed({ raw, processes, maxsize, speedUp, ...report }: Report): Generator<string> {
  const rate = report.megabytesPerSecond.toFixed(1)
  yield `${megabytes(raw)} MB in ${seconds(report.seconds)} by ${count(processes, 'process')}: ${rate} MB/s`
  yield `The walk was held back for ${seconds(report.heldBackSeconds)}: at most ${count(maxsize, 'batch')} may wait`
  if (!speedUp) {
    yield 'Speed-up over one process: not measured'
    return
  }
  const [one, all] = [speedUp.oneSeconds.toFixed(2), speedUp.allSeconds.toFixed(2)]
  const sample = `${megabytes(speedUp.bytes)} MB in ${one} s and in ${all} s`
  yield `Speed-up over one process: ${speedUp.factor.toFixed(2)} (${sample})`
}

function* omissions({ unreadable, leftOut }: Report): Generator<string> {
  if (leftOut > 0) yield `Left out: ${count(leftOut, 'symbolic link')} and the like`
  if (unreadable.length > 0) yield `Could not be read: ${integer(unreadable.length)}`
  for (const { path, reason } of unreadable.slice(0, UNREADABLE_SHOWN)) yield `  ${reason} ${path}`
  const hidden = unreadable.length - UNREADABLE_SHOWN
  if (hidden > 0) yield `  and ${integer(hidden)} more (--json lists them)`
}
