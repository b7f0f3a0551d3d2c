import { parseArgs } from 'node:util'
import type { Plan, Scenario } from './scenario.ts'

export interface Options {
  /** What to run, one after the other. */
  readonly runs: readonly Run[]
  /** All scenarios, with all that they have: worth a record. */
  readonly everything: boolean
  readonly json: boolean
}

export interface Run {
  readonly scenario: Scenario
  readonly plan: Plan
}

/** Reads the command line; where that leaves nothing to run, prints the help, or what is wrong, and exits. */
export function parseOptions(scenarios: readonly Scenario[]): Options {
  try {
    return read(scenarios)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${help(scenarios)}`)
    process.exit(2)
  }
}

function read(scenarios: readonly Scenario[]): Options {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      case: { type: 'string' },
      subject: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '0.5' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false, short: 'h' },
    },
  })
  if (values.help) {
    console.log(help(scenarios))
    process.exit(0)
  }
  const chosen = scenariosOf(positionals, scenarios)
  const rounds = positive('rounds', values.rounds)
  if (!Number.isInteger(rounds)) throw new Error(`--rounds takes a whole number, not '${values.rounds}'.`)
  const cases = choose('case', values.case, chosen, ({ cases }) => cases)
  const subjects = choose('subject', values.subject, chosen, ({ subjects }) => subjects)
  const seconds = positive('seconds', values.seconds)
  const runs = chosen.map((scenario) => {
    const own = (names: readonly string[], all: readonly string[]) => names.filter((name) => all.includes(name))
    const plan = { cases: own(cases, scenario.cases), subjects: own(subjects, scenario.subjects), rounds, seconds }
    return { scenario, plan }
  })
  const everything = positionals.length === 0 && values.case === undefined && values.subject === undefined
  return { runs, everything, json: values.json }
}

/** Those that are named; all of them if none is. */
function scenariosOf(names: readonly string[], scenarios: readonly Scenario[]): readonly Scenario[] {
  const stranger = names.find((name) => !scenarios.some((scenario) => scenario.name === name))
  if (stranger !== undefined) throw new Error(`There is no scenario '${stranger}'.`)
  return names.length === 0 ? scenarios : scenarios.filter(({ name }) => names.includes(name))
}

function choose(
  option: string,
  list: string | undefined,
  scenarios: readonly Scenario[],
  of: (scenario: Scenario) => readonly string[],
): readonly string[] {
  const known = [...new Set(scenarios.flatMap(of))]
  if (list === undefined) return known
  const chosen = list.split(',')
  const stranger = chosen.find((name) => !known.includes(name))
  if (stranger !== undefined) throw new Error(`There is no ${option} '${stranger}'.`)
  return known.filter((name) => chosen.includes(name))
}

function positive(option: string, text: string): number {
  const number = Number(text)
  if (!(number > 0 && number < Infinity)) throw new Error(`--${option} takes a positive number, not '${text}'.`)
  return number
}

function help(scenarios: readonly Scenario[]): string {
  return `Usage: npm run bench -- [scenario ...] [options]

Without a scenario: all of them, as one table, which is also written to bench/RESULTS.md.

Scenarios
${scenarios.map(describe).join('\n')}

Options
  --case a,b      only these cases
  --subject a,b   only these subjects
  --rounds N      how often each subject is measured, in turn with the others (5)
  --seconds S     how long one measurement should last, after a warm-up as long (0.5)
  --json          one JSON object per case and subject on stdout, instead of tables
  -h, --help      this`
}

function describe({ name, summary, cases, subjects }: Scenario): string {
  return `  ${name}: ${summary}\n    cases: ${cases.join(', ')}\n    subjects: ${subjects.join(', ')}`
}
