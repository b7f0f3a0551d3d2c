import { pythonVersion } from '../machine.ts'
import type { CaseName } from './load.ts'
import { executorWays, poolWays } from './python-ways.ts'
import type { PoolEntry, Subject } from './subject.ts'

const pythonMissing = () => (pythonVersion() ? undefined : 'python3 is not installed')

/** Says why a subject has no part in other cases. */
const onlyIn = (only: CaseName, reason: string) => (name: CaseName) => (name === only ? undefined : reason)
const noCommunication = onlyIn('cpu', 'it measures the work without a pool')

/** Several tasks on their way to a worker, or one. */
const atATime = (name: CaseName) => (name === 'first-result' ? ['1 at a time'] : ['1 at a time', '16 at a time'])
/** Calls go to a worker's own queue, or are sent at once. The queues are for long tasks. */
const queuedOrNot = (name: CaseName) => (name === 'cpu' ? ['sent at once', 'queued'] : ['sent at once'])

export const subjects: Readonly<Record<string, PoolEntry>> = {
  'millrace-process': millrace('process'),
  'millrace-thread': millrace('thread'),
  piscina: packaged('piscina', async () => (await import('./piscina.ts')).piscina, atATime),
  'tinypool-thread': packaged(
    'tinypool',
    async () => (await import('./tinypool.ts')).tinypool('worker_threads'),
    atATime,
  ),
  'tinypool-process': packaged(
    'tinypool',
    async () => (await import('./tinypool.ts')).tinypool('child_process'),
    atATime,
  ),
  'workerpool-thread': packaged('workerpool', async () => (await import('./workerpool.ts')).workerpool('thread')),
  'workerpool-process': packaged('workerpool', async () => (await import('./workerpool.ts')).workerpool('process')),
  'poolifier-thread': packaged('poolifier', async () => (await import('./poolifier.ts')).poolifierThread, queuedOrNot),
  'poolifier-process': packaged(
    'poolifier',
    async () => (await import('./poolifier.ts')).poolifierProcess,
    queuedOrNot,
  ),
  multithreading: {
    missing: () => ('withResolvers' in Promise ? lackOf('multithreading') : 'multithreading needs Node 22 or newer'),
    load: async () => (await import('./multithreading.ts')).multithreading,
  },
  'python-pool': {
    missing: pythonMissing,
    inPython: true,
    ways: poolWays,
    load: async () => (await import('./python.ts')).python('pool'),
  },
  'python-executor': {
    missing: pythonMissing,
    inPython: true,
    ways: executorWays,
    load: async () => (await import('./python.ts')).python('executor'),
  },
  'bare-fork': {
    unfit: onlyIn('first-result', 'it is one process and no pool'),
    load: async () => (await import('./bare-fork.ts')).bareFork,
  },
  ideal: { unfit: noCommunication, load: async () => (await import('./ideal.ts')).ideal },
  'python-ideal': {
    missing: pythonMissing,
    unfit: noCommunication,
    inPython: true,
    load: async () => (await import('./python.ts')).python('ideal'),
  },
}

function millrace(kind: 'process' | 'thread'): PoolEntry {
  return {
    load: async () => (await import('./millrace.ts')).millrace(kind),
  }
}

function packaged(name: string, load: () => Promise<Subject>, ways?: PoolEntry['ways']): PoolEntry {
  return { missing: () => lackOf(name), load, ...(ways && { ways }) }
}

function lackOf(name: string): string | undefined {
  try {
    import.meta.resolve(name)
    return undefined
  } catch {
    return `${name} is not installed`
  }
}
