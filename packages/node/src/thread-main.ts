import { workerData } from 'node:worker_threads'
import { inheritCode } from './code-cache.ts'
import type { ThreadData } from './worker-thread.ts'

// The first thing that runs in a thread, as child-main.ts in a process.

const { code, core } = workerData as ThreadData
inheritCode(code, core)
void import('./thread-program.ts')
