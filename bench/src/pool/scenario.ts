import { fileURLToPath } from 'node:url'
import { runApart } from '../apart.ts'
import { fit, installed } from '../entry.ts'
import { formatRate } from '../report.ts'
import { casesOf, type Plan, type Result, type Scenario } from '../scenario.ts'
import { median } from '../statistics.ts'
import { takeTurns } from '../turns.ts'
import { type CaseName, caseNames, type Load } from './load.ts'
import { calibratePython } from './python.ts'
import { subjects } from './subjects.ts'

const measurement = fileURLToPath(new URL('./measurement.js', import.meta.url))
const calibration = fileURLToPath(new URL('./calibration.js', import.meta.url))

export const pool: Scenario = {
  name: 'pool',
  summary: 'tasks handed to a pool of two workers',
  cases: caseNames,
  subjects: Object.keys(subjects),
  async *run(plan) {
    const here = await installed(subjects, plan.subjects)
    yield* casesOf(plan, caseNames, (name) => runCase(name, here, plan))
  },
}

/** One round of a subject: the rate of each of its ways. */
type Round = readonly { readonly way: string; readonly rate: number }[]

async function runCase(name: CaseName, here: readonly string[], { rounds, seconds }: Plan): Promise<Result[]> {
  const taking = fit(subjects, name, here)
  const stepsOf = name === 'cpu' ? await calibrate(taking) : () => 0
  const measured = await takeTurns(name, taking, rounds, {
    measure: (subject) => measureWays(subject, name, stepsOf(subject), seconds),
    describe: (round) => round.map(({ way, rate }) => `${way} ${formatRate(rate)}`.trim()).join(', '),
  })
  return Array.from(measured, ([subject, all]) => {
    const rates = fastest(all)
    return { scenario: 'pool', case: name, subject, rate: median(rates), unit: unitOf(name), rounds: rates }
  })
}

/** Once per run, so that all subjects of a language do the very same. */
async function calibrate(names: readonly string[]): Promise<(subject: string) => number> {
  const inPython = (subject: string) => subjects[subject]?.inPython === true
  const python = names.some(inPython) ? await calibratePython() : 0
  const javaScript = names.every(inPython) ? 0 : Number(await runApart(calibration, [], 10_000))
  return (subject) => (inPython(subject) ? python : javaScript)
}

/** Each in a process of its own. */
async function measureWays(subject: string, name: CaseName, steps: number, seconds: number): Promise<Round> {
  const round = []
  for (const way of subjects[subject]?.ways?.(name) ?? ['']) {
    const load: Load = { case: name, way, steps }
    const args = [subject, JSON.stringify(load), String(seconds)]
    round.push({ way, rate: Number(await runApart(measurement, args, 10_000 * seconds)) })
  }
  return round
}

/**
 * The rounds of the way with the best median. The best way of each round would count the luck of a moment, and more of
 * it for a subject with more ways.
 */
export function fastest(rounds: readonly Round[]): number[] {
  const ways = (rounds[0] ?? []).map((_, index) => rounds.map((round) => round[index]?.rate ?? Number.NaN))
  return ways.reduce((best, other) => (median(other) > median(best) ? other : best), ways[0] ?? [])
}

function unitOf(name: CaseName): string {
  return name === 'first-result' ? 'pools/s' : 'tasks/s'
}
