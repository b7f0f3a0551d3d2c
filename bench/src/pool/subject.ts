import type { Entry } from '../entry.ts'
import type { CaseName, Load } from './load.ts'

/** One kind of pool. */
export interface Subject {
  open(load: Load): Promise<Session>
}

export interface Session {
  /** Whether a map takes many items in one message. */
  readonly inChunks: boolean
  /** Hands over that many tasks at once, checks the answers, and resolves to the seconds until the last of them came. */
  run(tasks: number): Promise<number>
  /** Resolves when the workers have exited. */
  close(): Promise<void>
}

/** How the scenario lists a kind of pool. */
export interface PoolEntry extends Entry<CaseName, Subject> {
  /** The ways of which the fastest counts; without, there is one. */
  readonly ways?: (name: CaseName) => readonly string[]
  /** Whether its tasks are functions of `rival.py`, with steps of their own. */
  readonly inPython?: boolean
}
