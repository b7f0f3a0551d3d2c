/** How a scenario lists a subject. */
export interface Entry<Case extends string, Subject> {
  /** Says what this machine lacks to run the subject. */
  readonly missing?: () => string | undefined | Promise<string | undefined>
  /** Says why the subject has no part in a case. */
  readonly unfit?: (name: Case) => string | undefined
  /** Imported where it is measured and nowhere else, so that no subject pays for loading another. */
  readonly load: () => Promise<Subject>
}

export type Entries<Case extends string> = Readonly<Record<string, Entry<Case, unknown>>>

/** What was not measured, and why, for the record. */
export const skipped = new Set<string>()

/** Leaves out, loudly, what cannot run here. */
export async function installed<Case extends string>(entries: Entries<Case>, names: readonly string[]) {
  const here: string[] = []
  for (const name of names) {
    const lack = await entries[name]?.missing?.()
    if (!lack) {
      here.push(name)
      continue
    }
    console.error(`SKIPPED ${name}: ${lack}`)
    skipped.add(`${name}: ${lack}`)
  }
  return here
}

/** Leaves out, as loudly, what has no part in this case. */
export function fit<Case extends string>(entries: Entries<Case>, name: Case, names: readonly string[]): string[] {
  return names.filter((subject) => {
    const reason = entries[subject]?.unfit?.(name)
    if (reason) console.error(`LEFT OUT ${subject} of ${name}: ${reason}`)
    return !reason
  })
}
