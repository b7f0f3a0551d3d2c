import { fileURLToPath } from 'node:url'
import { runApart } from '../apart.ts'
import { fit, installed } from '../entry.ts'
import { formatRate } from '../report.ts'
import type { Plan, Result, Scenario } from '../scenario.ts'
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
    for (const name of caseNames) if (plan.cases.includes(name)) yield await runCase(name, here, plan)
  },
}

interface Measured {
  readonly way: string
  readonly rate: number
}

async function runCase(name: CaseName, here: readonly string[], { rounds, seconds }: Plan): Promise<Result[]> {
  const taking = fit(subjects, name, here)
  const stepsOf = name === 'cpu' ? await calibrate(taking) : () => 0
  const measured = await takeTurns(name, taking, rounds, {
    measure: (subject) => fastest(subject, name, stepsOf(subject), seconds),
    describe: ({ way, rate }) => (way === '' ? formatRate(rate) : `${formatRate(rate)} (${way})`),
  })
  return Array.from(measured, ([subject, all]) => {
    const rates = all.map(({ rate }) => rate)
    return { scenario: 'pool', case: name, subject, rate: median(rates), unit: unitOf(name), rounds: rates }
  })
}

/** Once per run, so that all subjects of a language do the very same. */
async function calibrate(names: readonly string[]): Promise<(subject: string) => number> {
  const inPython = (subject: string) => subjects[subject]?.inPython === true
  const python = names.some(inPython) ? await calibratePython() : 0
  const javaScript = names.every(inPython) ? 0 : Number(await runApart(calibration, [], 60_000))
  return (subject) => (inPython(subject) ? python : javaScript)
}

/** Measures every way of the subject, each in a process of its own. */
async function fastest(subject: string, name: CaseName, steps: number, seconds: number): Promise<Measured> {
  const measured: Measured[] = []
  for (const way of subjects[subject]?.ways?.(name) ?? ['']) {
    const load: Load = { case: name, way, steps }
    const args = [subject, JSON.stringify(load), String(seconds)]
    measured.push({ way, rate: Number(await runApart(measurement, args, 60_000 + 10_000 * seconds)) })
  }
  return measured.reduce((best, other) => (other.rate > best.rate ? other : best))
}

function unitOf(name: CaseName): string {
  return name === 'first-result' ? 'pools/s' : 'tasks/s'
}
