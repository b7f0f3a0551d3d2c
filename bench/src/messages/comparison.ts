import { fit, installed } from '../entry.ts'
import { formatRate } from '../report.ts'
import { casesOf, type Plan, type Result, type Scenario } from '../scenario.ts'
import { median } from '../statistics.ts'
import { takeTurns } from '../turns.ts'
import { measureApart } from './apart.ts'
import { type CaseName, type Flow, flowsOf } from './load.ts'
import type { Entry } from './subject.ts'

export interface Comparison {
  readonly name: string
  readonly summary: string
  readonly cases: readonly CaseName[]
  /** The URL of a module that is a `Catalogue`: each measurement loads it anew, in a process of its own. */
  readonly catalogue: string
  readonly subjects: Readonly<Record<string, Entry>>
}

/** The rates of one subject in one round, one for each way the messages travel. */
type Rates = readonly { readonly flow: Flow; readonly rate: number }[]

/** A scenario of messages between a parent and a child, both ways; the slower one counts. */
export function comparison(compared: Comparison): Scenario {
  return {
    name: compared.name,
    summary: compared.summary,
    cases: compared.cases,
    subjects: Object.keys(compared.subjects),
    async *run(plan) {
      const subjects = await installed(compared.subjects, plan.subjects)
      yield* casesOf(plan, compared.cases, (name) => runCase(compared, name, subjects, plan))
    },
  }
}

async function runCase(of: Comparison, name: CaseName, subjects: readonly string[], plan: Plan): Promise<Result[]> {
  const measured = await takeTurns(name, fit(of.subjects, name, subjects), plan.rounds, {
    measure: (subject) => measureFlows(of, name, subject, plan.seconds),
    describe: (rates) => rates.map(({ flow, rate }) => `${flow} ${formatRate(rate)}`).join(', '),
  })
  return Array.from(measured, ([subject, rounds]) => summarise(of, name, subject, rounds))
}

async function measureFlows(of: Comparison, name: CaseName, subject: string, seconds: number): Promise<Rates> {
  const rates = []
  for (const flow of flowsOf(name)) {
    const measurement = { catalogue: of.catalogue, subject, load: { case: name, flow }, seconds }
    rates.push({ flow, rate: await measureApart(measurement) })
  }
  return rates
}

function summarise(
  { name: scenario }: Comparison,
  name: CaseName,
  subject: string,
  measured: readonly Rates[],
): Result {
  const flows = flowsOf(name).map((_, index) => measured.map((rates) => rates[index]?.rate ?? Number.NaN))
  const [rounds = []] = flows.sort((a, b) => median(a) - median(b))
  const unit = name === 'round-trip' ? 'round trips/s' : 'messages/s'
  return { scenario, case: name, subject, rate: median(rounds), unit, rounds }
}
