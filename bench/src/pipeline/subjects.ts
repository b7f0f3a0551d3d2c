import { pythonVersion } from '../machine.ts'
import type { CaseName } from './load.ts'
import type { PipelineEntry } from './subject.ts'

const onlyBusy = (name: CaseName) => (name === 'busy' ? undefined : 'it measures the work without a pipeline')

export const subjects: Readonly<Record<string, PipelineEntry>> = {
  millrace: { load: async () => (await import('./millrace.ts')).millrace },
  'millrace-queues': { load: async () => (await import('./millrace-queues.ts')).millraceQueues },
  'millrace-effect': { load: async () => (await import('./millrace-effect.ts')).millraceEffect },
  'millrace-rxjs': { load: async () => (await import('./millrace-rxjs.ts')).millraceRxjs },
  piscina: { load: async () => (await import('./piscina.ts')).piscina },
  'node-streams': { load: async () => (await import('./node-streams.ts')).nodeStreams },
  'python-imap': {
    missing: () => (pythonVersion() ? undefined : 'python3 is not installed'),
    load: async () => (await import('./python.ts')).python,
  },
  'rxjs-in-process': { load: async () => (await import('./rxjs-in-process.ts')).rxjsInProcess },
  ideal: { unfit: onlyBusy, load: async () => (await import('./ideal.ts')).ideal },
}
