import type { Entry as Listed } from '../entry.ts'
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

export type Entry = Listed<CaseName, Subject>

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
