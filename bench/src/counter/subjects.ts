import type { Entry } from '../entry.ts'
import { pythonVersion } from '../machine.ts'
import type { CaseName, Rivals } from './load.ts'

/** It opens the two processes of a case. */
type CounterEntry = Entry<CaseName, (name: CaseName) => Promise<Rivals>>

const missing = () => (pythonVersion() ? undefined : 'python3 is not installed')
const withoutValue = (name: CaseName) => (name.endsWith('-add') ? 'a lock has nothing to add to' : undefined)

export const subjects: Readonly<Record<string, CounterEntry>> = {
  millrace: { load: async () => (await import('./millrace.ts')).millrace('process') },
  'millrace-thread': { load: async () => (await import('./millrace.ts')).millrace('thread') },
  'python-value': { missing, load: async () => (await import('./python.ts')).python('value') },
  'python-lock': { missing, unfit: withoutValue, load: async () => (await import('./python.ts')).python('lock') },
  'bare-atomics': { load: async () => (await import('./bare-atomics.ts')).bareAtomics },
}
