import { parseArgs } from 'node:util'
import type { Plan, Scenario } from './scenario.ts'

export interface Options {
  readonly scenario: Scenario
  readonly plan: Plan
  readonly json: boolean
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
  if (positionals.length !== 1) throw new Error('Name one scenario.')
  const scenario = scenarios.find(({ name }) => name === positionals[0])
  if (!scenario) throw new Error(`There is no scenario '${positionals[0]}'.`)
  const rounds = positive('rounds', values.rounds)
  if (!Number.isInteger(rounds)) throw new Error(`--rounds takes a whole number, not '${values.rounds}'.`)
  const plan = {
    cases: choose('case', values.case, scenario.cases),
    subjects: choose('subject', values.subject, scenario.subjects),
    rounds,
    seconds: positive('seconds', values.seconds),
  }
  return { scenario, plan, json: values.json }
}

function choose(option: string, list: string | undefined, known: readonly string[]): readonly string[] {
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
  return `Usage: npm run bench -- <scenario> [options]

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
