import { formatRate } from '../report.ts'
import type { Plan, Result, Scenario } from '../scenario.ts'
import { median } from '../statistics.ts'
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

/** The rates of one subject in one case, a list of rounds for each way the messages travel. */
type Rates = Map<Flow, number[]>

/** A scenario of messages between a parent and a child, both ways; the slower one counts. */
export function comparison(compared: Comparison): Scenario {
  return {
    name: compared.name,
    summary: compared.summary,
    cases: compared.cases,
    subjects: Object.keys(compared.subjects),
    async *run(plan) {
      const subjects = await installed(compared, plan.subjects)
      for (const name of compared.cases) {
        if (plan.cases.includes(name)) yield await runCase(compared, name, subjects, plan)
      }
    },
  }
}

/** Leaves out, loudly, what cannot run here. */
async function installed({ subjects }: Comparison, names: readonly string[]): Promise<string[]> {
  const here: string[] = []
  for (const name of names) {
    const lack = await subjects[name]?.missing?.()
    if (lack) console.error(`SKIPPED ${name}: ${lack}`)
    else here.push(name)
  }
  return here
}

/** Leaves out, as loudly, what has no part in this case. */
function fit({ subjects }: Comparison, name: CaseName, names: readonly string[]): string[] {
  return names.filter((subject) => {
    const reason = subjects[subject]?.unfit?.(name)
    if (reason) console.error(`LEFT OUT ${subject} of ${name}: ${reason}`)
    return !reason
  })
}

/** Round by round, every subject in turn: what slows the machine for a while slows all of them. */
async function runCase(of: Comparison, name: CaseName, subjects: readonly string[], plan: Plan): Promise<Result[]> {
  const standing = new Map(fit(of, name, subjects).map((subject) => [subject, new Map() as Rates]))
  for (let round = 1; round <= plan.rounds; round++) {
    for (const [subject, rates] of standing) {
      try {
        const measured = await measureFlows(of, name, subject, rates, plan.seconds)
        console.error(`${name} ${round}/${plan.rounds} ${subject}: ${measured}`)
      } catch (error) {
        // Its rounds no longer pair with those of the others.
        standing.delete(subject)
        process.exitCode = 1
        console.error(`FAILED ${subject} in ${name}: ${error instanceof Error ? error.message : error}`)
      }
    }
  }
  return Array.from(standing, ([subject, rates]) => summarise(of, name, subject, rates))
}

async function measureFlows(
  { catalogue }: Comparison,
  name: CaseName,
  subject: string,
  rates: Rates,
  seconds: number,
): Promise<string> {
  const measured: string[] = []
  for (const flow of flowsOf(name)) {
    const rate = await measureApart({ catalogue, subject, load: { case: name, flow }, seconds })
    rates.set(flow, [...(rates.get(flow) ?? []), rate])
    measured.push(`${flow} ${formatRate(rate)}`)
  }
  return measured.join(', ')
}

function summarise({ name: scenario }: Comparison, name: CaseName, subject: string, rates: Rates): Result {
  const [rounds = []] = Array.from(rates.values()).sort((a, b) => median(a) - median(b))
  const unit = name === 'round-trip' ? 'round trips/s' : 'messages/s'
  return { scenario, case: name, subject, rate: median(rounds), unit, rounds }
}
