import { workerData } from 'node:worker_threads'
import { inheritCode } from './code-cache.ts'
import type { ThreadData } from './worker-thread.ts'

// The first thing that runs in a thread, as child-main.ts in a process.

inheritCode((workerData as ThreadData).code)
void import('./thread-program.ts')
