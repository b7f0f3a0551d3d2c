import { fileURLToPath } from 'node:url'
import { runApart } from '../apart.ts'
import { fit, installed } from '../entry.ts'
import { formatRate } from '../report.ts'
import { casesOf, type Plan, type Result, type Scenario } from '../scenario.ts'
import { median } from '../statistics.ts'
import { takeTurns } from '../turns.ts'
import { type CaseName, caseNames, type Load } from './load.ts'
import { subjects } from './subjects.ts'

const measurement = fileURLToPath(new URL('./measurement.js', import.meta.url))
const calibration = fileURLToPath(new URL('../pool/calibration.js', import.meta.url))

export const pipeline: Scenario = {
  name: 'pipeline',
  summary: 'three stages of two workers each, small objects',
  cases: caseNames,
  subjects: Object.keys(subjects),
  async *run(plan) {
    const here = await installed(subjects, plan.subjects)
    yield* casesOf(plan, caseNames, (name) => runCase(name, here, plan))
  },
}

interface Round {
  readonly rate: number
  readonly peak: number
}

async function runCase(name: CaseName, here: readonly string[], { rounds, seconds }: Plan): Promise<Result[]> {
  // A fifth of what keeps a core busy for a millisecond.
  const steps = name === 'busy' ? Math.round(Number(await runApart(calibration, [], 10_000)) / 5) : 0
  const load: Load = { case: name, steps }
  const measured = await takeTurns(name, fit(subjects, name, here), rounds, {
    measure: async (subject): Promise<Round> => {
      const args = [subject, JSON.stringify(load), String(seconds)]
      return JSON.parse(await runApart(measurement, args, 20_000 * seconds))
    },
    describe: ({ rate, peak }) => `${formatRate(rate)}, at most ${peak} under way`,
  })
  return Array.from(measured, ([subject, all]) => {
    const rates = all.map(({ rate }) => rate)
    const peak = Math.max(...all.map((round) => round.peak))
    return { scenario: 'pipeline', case: name, subject, rate: median(rates), unit: 'items/s', rounds: rates, peak }
  })
}
