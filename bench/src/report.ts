import type { Result } from './scenario.ts'
import { medianRatio } from './statistics.ts'

export function jsonLines(results: readonly Result[]): string {
  return results.map((result) => JSON.stringify(result)).join('\n')
}

/** The subjects of one case below each other, each with how many times its rate that of each Millrace is. */
export function table(results: readonly Result[]): string {
  const [first] = results
  if (!first) return ''
  const ours = results.filter(({ subject }) => subject.startsWith('millrace'))
  const headings = ours.map(({ subject }) => `${subject} is`)
  const counted = results.some(({ peak }) => peak !== undefined)
  const row = (name: string, rate: string, peak: string, ratios: readonly string[]) => {
    const columns = ratios.map((ratio, index) => ratio.padStart((headings[index]?.length ?? 0) + 3))
    return `${name.padEnd(28)}${rate.padStart(16)}${counted ? peak.padStart(12) : ''}${columns.join('')}`.trimEnd()
  }
  const rows = results.map(({ subject, rate, rounds, peak = '' }) => {
    const ratios = ours.map((millrace) => `${medianRatio(millrace.rounds, rounds).toPrecision(3)}x`)
    return row(subject, formatRate(rate), String(peak), ratios)
  })
  return [row(`${first.scenario} ${first.case}`, first.unit, 'under way', headings), ...rows, ''].join('\n')
}

/** Three significant digits: `8.61M`, `233k`, `515`. */
export function formatRate(rate: number): string {
  if (rate >= 999.5e3) return `${(rate / 1e6).toPrecision(3)}M`
  if (rate >= 999.5) return `${(rate / 1e3).toPrecision(3)}k`
  return rate.toPrecision(3)
}
