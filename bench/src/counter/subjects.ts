import { pythonVersion } from '../machine.ts'
import type { CaseName, Rivals } from './load.ts'

/** How the scenario lists a subject. */
export interface Entry {
  /** Says what this machine lacks to run it. */
  readonly missing?: () => string | undefined
  /** Says why it has no part in a case. */
  readonly unfit?: (name: CaseName) => string | undefined
  /** Imported where it is measured and nowhere else. */
  readonly load: () => Promise<(name: CaseName) => Promise<Rivals>>
}

const missing = () => (pythonVersion() ? undefined : 'python3 is not installed')
const withoutValue = (name: CaseName) => (name.endsWith('-add') ? 'a lock has nothing to add to' : undefined)

export const subjects: Readonly<Record<string, Entry>> = {
  millrace: { load: async () => (await import('./millrace.ts')).millrace('process') },
  'millrace-thread': { load: async () => (await import('./millrace.ts')).millrace('thread') },
  'python-value': { missing, load: async () => (await import('./python.ts')).python('value') },
  'python-lock': { missing, unfit: withoutValue, load: async () => (await import('./python.ts')).python('lock') },
  'bare-atomics': { load: async () => (await import('./bare-atomics.ts')).bareAtomics },
}
