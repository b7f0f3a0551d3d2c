import { pythonVersion } from '../machine.ts'
import type { Subject } from './subject.ts'

interface Entry {
  /** Says what this machine lacks to run the subject. */
  readonly missing?: () => string | undefined
  /** Imported where it is measured and nowhere else, so that no subject pays for loading another. */
  readonly load: () => Promise<Subject>
}

const missing = () => (pythonVersion() ? undefined : 'python3 is not installed')

const entries = {
  millrace: { load: async () => (await import('./millrace.ts')).millrace },
  'python-queue': { missing, load: async () => (await import('./python.ts')).pythonQueue },
  'python-pipe': { missing, load: async () => (await import('./python.ts')).pythonPipe },
  'child-process-send-json': { load: async () => (await import('./child-process-send.ts')).json },
  'child-process-send-advanced': { load: async () => (await import('./child-process-send.ts')).advanced },
  limit: { load: async () => (await import('./limit.ts')).limit },
} satisfies Record<string, Entry>

export type SubjectName = keyof typeof entries

export const subjectNames = Object.keys(entries) as SubjectName[]

export function loadSubject(name: SubjectName): Promise<Subject> {
  return entries[name].load()
}

/** Leaves out, loudly, what cannot run here. */
export function installed(names: readonly SubjectName[]): SubjectName[] {
  return names.filter((name) => {
    const entry: Entry = entries[name]
    const lack = entry.missing?.()
    if (lack) console.error(`SKIPPED ${name}: ${lack}`)
    return !lack
  })
}
