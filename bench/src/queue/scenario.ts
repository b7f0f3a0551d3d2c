import { formatRate } from '../report.ts'
import type { Plan, Result, Scenario } from '../scenario.ts'
import { median } from '../statistics.ts'
import { measureApart } from './apart.ts'
import { type CaseName, caseNames, type Flow, flowsOf } from './load.ts'
import { installed, type SubjectName, subjectNames } from './subjects.ts'

/** The rates of one subject in one case, a list of rounds for each way the messages travel. */
type Rates = Map<Flow, number[]>

export const queue: Scenario = {
  name: 'queue',
  summary: 'one producer, one consumer, maxsize 1000; the slower of parent to child and child to parent',
  cases: caseNames,
  subjects: subjectNames,
  async *run(plan) {
    const subjects = installed(subjectNames.filter((name) => plan.subjects.includes(name)))
    for (const name of caseNames) {
      if (plan.cases.includes(name)) yield await runCase(name, subjects, plan)
    }
  },
}

/** Round by round, every subject in turn: what slows the machine for a while slows all of them. */
async function runCase(name: CaseName, subjects: readonly SubjectName[], plan: Plan): Promise<Result[]> {
  const standing = new Map(subjects.map((subject) => [subject, new Map() as Rates]))
  for (let round = 1; round <= plan.rounds; round++) {
    for (const [subject, rates] of standing) {
      try {
        const measured = await measureFlows(name, subject, rates, plan.seconds)
        console.error(`${name} ${round}/${plan.rounds} ${subject}: ${measured}`)
      } catch (error) {
        // Its rounds no longer pair with those of the others.
        standing.delete(subject)
        process.exitCode = 1
        console.error(`FAILED ${subject} in ${name}: ${error instanceof Error ? error.message : error}`)
      }
    }
  }
  return Array.from(standing, ([subject, rates]) => summarise(name, subject, rates))
}

async function measureFlows(name: CaseName, subject: SubjectName, rates: Rates, seconds: number): Promise<string> {
  const measured: string[] = []
  for (const flow of flowsOf(name)) {
    const rate = await measureApart({ subject, load: { case: name, flow }, seconds })
    rates.set(flow, [...(rates.get(flow) ?? []), rate])
    measured.push(`${flow} ${formatRate(rate)}`)
  }
  return measured.join(', ')
}

function summarise(name: CaseName, subject: SubjectName, rates: Rates): Result {
  const [rounds = []] = Array.from(rates.values()).sort((a, b) => median(a) - median(b))
  const unit = name === 'round-trip' ? 'round trips/s' : 'messages/s'
  return { scenario: 'queue', case: name, subject, rate: median(rounds), unit, rounds }
}
