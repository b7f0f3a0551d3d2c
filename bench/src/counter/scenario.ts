import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { formatRate } from '../report.ts'
import type { Plan, Result, Scenario } from '../scenario.ts'
import { median } from '../statistics.ts'
import { type CaseName, caseNames } from './load.ts'
import { subjects } from './subjects.ts'

const program = fileURLToPath(new URL('./measurement.js', import.meta.url))

export const counter: Scenario = {
  name: 'counter',
  summary: 'two processes that raise one value, or take one lock, at the same time',
  cases: caseNames,
  subjects: Object.keys(subjects),
  async *run(plan) {
    const here = plan.subjects.filter((subject) => {
      const lack = subjects[subject]?.missing?.()
      if (lack !== undefined) console.error(`SKIPPED ${subject}: ${lack}`)
      return lack === undefined
    })
    for (const name of caseNames) if (plan.cases.includes(name)) yield await runCase(name, here, plan)
  },
}

/** Round by round, every subject in turn, each in a process of its own. */
async function runCase(name: CaseName, names: readonly string[], { rounds, seconds }: Plan): Promise<Result[]> {
  const rates = new Map<string, number[]>()
  for (const subject of names) {
    const reason = subjects[subject]?.unfit?.(name)
    if (reason === undefined) rates.set(subject, [])
    else console.error(`LEFT OUT ${subject} of ${name}: ${reason}`)
  }
  for (let round = 1; round <= rounds; round++) {
    for (const [subject, measured] of rates) {
      try {
        const options = { timeout: 60_000 + 10_000 * seconds }
        const { stdout } = await promisify(execFile)(
          process.execPath,
          [program, subject, name, String(seconds)],
          options,
        )
        measured.push(Number(stdout))
        console.error(`${name} ${round}/${rounds} ${subject}: ${formatRate(Number(stdout))}`)
      } catch (error) {
        rates.delete(subject)
        process.exitCode = 1
        console.error(`FAILED ${subject} in ${name}: ${error instanceof Error ? error.message : error}`)
      }
    }
  }
  return Array.from(rates, ([subject, measured]) => ({
    scenario: 'counter',
    case: name,
    subject,
    rate: median(measured),
    unit: 'operations/s',
    rounds: measured,
  }))
}
