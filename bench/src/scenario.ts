/** A named comparison: the same loads (its cases) put on each of several ways to carry them (its subjects). */
export interface Scenario {
  readonly name: string
  readonly summary: string
  readonly cases: readonly string[]
  readonly subjects: readonly string[]
  /** Yields the results of one case at a time. */
  run(plan: Plan): AsyncIterable<Result[]>
}

/** Measures the cases that the plan has, one after the other. */
export async function* casesOf<Case extends string>(
  { cases }: Plan,
  known: readonly Case[],
  measure: (name: Case) => Promise<Result[]>,
): AsyncGenerator<Result[]> {
  for (const name of known) if (cases.includes(name)) yield await measure(name)
}

export interface Plan {
  readonly cases: readonly string[]
  readonly subjects: readonly string[]
  readonly rounds: number
  /** How long one measurement should last, after a warm-up as long. */
  readonly seconds: number
}

/** One line of `--json`. */
export interface Result {
  readonly scenario: string
  readonly case: string
  readonly subject: string
  /** Per second: the median of `rounds`. */
  readonly rate: number
  readonly unit: string
  /** The rate of every round; the same index in two results means that they were measured one after the other. */
  readonly rounds: readonly number[]
  /** Where that is counted: the most items under way at any time. */
  readonly peak?: number
}
