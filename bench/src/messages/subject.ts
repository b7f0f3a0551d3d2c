import type { CaseName, Load } from './load.ts'

/** One way to carry messages between a parent and a child context. */
export interface Subject {
  /** Starts a child that serves the load. */
  open(load: Load): Promise<Session>
}

export interface Session {
  /** Moves that many messages; resolves to the seconds from the first one's leaving to the last one's arrival. */
  run(messages: number): Promise<number>
  /** Resolves when the child has exited. */
  close(): Promise<void>
}

/** How a scenario lists a subject. */
export interface Entry {
  /** Says what this machine lacks to run the subject. */
  readonly missing?: () => Promise<string | undefined>
  /** Says why the subject has no part in a case. */
  readonly unfit?: (name: CaseName) => string | undefined
  /** Imported where it is measured and nowhere else, so that no subject pays for loading another. */
  readonly load: () => Promise<Subject>
}

/** What the module of that name exports for `measurement.ts`: all subjects of a scenario, by name. */
export interface Catalogue {
  readonly subjects: Readonly<Record<string, Entry>>
}

/** The seconds that `work` takes. */
export async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}
