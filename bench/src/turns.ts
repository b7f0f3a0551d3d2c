import { skipped } from './entry.ts'

/** One subject of one case, measured once. */
export interface Turn<Measured> {
  measure(subject: string): Promise<Measured>
  /** What the progress on stderr says of it. */
  describe(measured: Measured): string
}

/**
 * Round by round, every subject in turn: what slows the machine for a while slows all of them. Returns what was measured
 * of each subject, one entry for every round; a subject that fails is left out, loudly.
 */
export async function takeTurns<Measured>(
  name: string,
  subjects: readonly string[],
  rounds: number,
  { measure, describe }: Turn<Measured>,
): Promise<Map<string, Measured[]>> {
  const standing = new Map<string, Measured[]>(subjects.map((subject) => [subject, []]))
  for (let round = 1; round <= rounds; round++) {
    for (const [subject, measured] of standing) {
      try {
        const one = await measure(subject)
        measured.push(one)
        console.error(`${name} ${round}/${rounds} ${subject}: ${describe(one)}`)
      } catch (error) {
        // Its rounds no longer pair with those of the others.
        standing.delete(subject)
        process.exitCode = 1
        skipped.add(`${subject}: failed in ${name}`)
        console.error(`FAILED ${subject} in ${name}: ${error instanceof Error ? error.message : error}`)
      }
    }
  }
  return standing
}
