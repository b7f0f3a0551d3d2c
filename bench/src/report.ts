import type { Result } from './scenario.ts'
import { medianRatio } from './statistics.ts'

export function jsonLines(results: readonly Result[]): string {
  return results.map((result) => JSON.stringify(result)).join('\n')
}

/** The subjects of one case below each other, each with how many times its rate Millrace's is. */
export function table(results: readonly Result[]): string {
  const [first] = results
  if (!first) return ''
  const millrace = results.find(({ subject }) => subject === 'millrace')
  const rows = results.map(({ subject, rate, rounds }) => {
    const ratio = millrace ? `${medianRatio(millrace.rounds, rounds).toPrecision(3)}x` : ''
    return row(subject, formatRate(rate), ratio)
  })
  const heading = row(`${first.scenario} ${first.case}`, first.unit, millrace ? 'millrace is' : '')
  return [heading, ...rows, ''].join('\n')
}

function row(subject: string, rate: string, ratio: string): string {
  return `${subject.padEnd(28)}${rate.padStart(16)}${ratio.padStart(14)}`.trimEnd()
}

/** Three significant digits: `8.61M`, `233k`, `515`. */
export function formatRate(rate: number): string {
  if (rate >= 999.5e3) return `${(rate / 1e6).toPrecision(3)}M`
  if (rate >= 999.5) return `${(rate / 1e3).toPrecision(3)}k`
  return rate.toPrecision(3)
}
