import { formatRate, table } from './report.ts'
import type { Result } from './scenario.ts'
import { medianRatio } from './statistics.ts'

/** What shows how far one can get, and is no rival: it does not do what a rival has to. */
const REFERENCES = new Set(['limit', 'bare-atomics', 'bare-fork', 'ideal', 'python-ideal', 'rxjs-in-process'])

const HEADINGS = ['case', 'Millrace', 'per second', 'fastest other', 'per second', 'Millrace is'] as const
type Row = readonly string[]

/** One row for each of our subjects in each case, beside whoever else is fastest there. */
export function rowsOf(cases: readonly (readonly Result[])[]): Row[] {
  return cases.flatMap((results) => {
    const rivals = results.filter(({ subject }) => !isOurs(subject) && !REFERENCES.has(subject))
    const [best] = rivals.toSorted((a, b) => b.rate - a.rate)
    return results.filter(({ subject }) => isOurs(subject)).map((ours) => rowOf(ours, best))
  })
}

function rowOf(ours: Result, best: Result | undefined): Row {
  const what = `${ours.scenario} ${ours.case}`
  const mine = [what, ours.subject, `${formatRate(ours.rate)} ${unitOf(ours)}`]
  if (best === undefined) return [...mine, '', '', '']
  return [...mine, best.subject, formatRate(best.rate), `${medianRatio(ours.rounds, best.rounds).toPrecision(3)} ×`]
}

function unitOf({ unit }: Result): string {
  return unit.replace(/\/s$/, '')
}

function isOurs(subject: string): boolean {
  return subject.startsWith('millrace')
}

/** For people at a terminal. */
export function plain(rows: readonly Row[]): string {
  const all = [HEADINGS, ...rows]
  const widths = HEADINGS.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** The whole run as a Markdown page. */
export function page(cases: readonly (readonly Result[])[], machine: string, date: string, notes: string): string {
  const line = (row: Row) => `| ${row.join(' | ')} |`
  const rules = HEADINGS.map(() => '---')
  return `# Results

Written by \`npm run bench\` on ${date}. How it is measured, and what it does not say: [bench](README.md). Ratios are
medians of the rounds' own. What only shows how far one could get (${[...REFERENCES].join(', ')}) is no rival, and is
listed further down alone.

\`\`\`text
${machine}
\`\`\`

${[HEADINGS, rules, ...rowsOf(cases)].map(line).join('\n')}
${notes === '' ? '' : `\nNot measured:\n\n${notes}\n`}
## All subjects

\`\`\`text
${cases
  .filter((results) => results.length > 0)
  .map((results) => table(results))
  .join('\n')}\`\`\`
`
}
