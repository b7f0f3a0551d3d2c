import { fileURLToPath } from 'node:url'
import { runApart } from '../apart.ts'
import { fit, installed } from '../entry.ts'
import { formatRate } from '../report.ts'
import { casesOf, type Plan, type Result, type Scenario } from '../scenario.ts'
import { median } from '../statistics.ts'
import { takeTurns } from '../turns.ts'
import { type CaseName, caseNames } from './load.ts'
import { subjects } from './subjects.ts'

const program = fileURLToPath(new URL('./measurement.js', import.meta.url))

export const counter: Scenario = {
  name: 'counter',
  summary: 'two processes that raise one value, or take one lock, at the same time',
  cases: caseNames,
  subjects: Object.keys(subjects),
  async *run(plan) {
    const here = await installed(subjects, plan.subjects)
    yield* casesOf(plan, caseNames, (name) => runCase(name, here, plan))
  },
}

async function runCase(name: CaseName, here: readonly string[], { rounds, seconds }: Plan): Promise<Result[]> {
  const rates = await takeTurns(name, fit(subjects, name, here), rounds, {
    measure: async (subject) => Number(await runApart(program, [subject, name, String(seconds)], 10_000 * seconds)),
    describe: formatRate,
  })
  return Array.from(rates, ([subject, measured]) => ({
    scenario: 'counter',
    case: name,
    subject,
    rate: median(measured),
    unit: 'operations/s',
    rounds: measured,
  }))
}
