import { taskModule } from '@millrace/browser'
import { poolConformance } from '../../../core/conformance/pool.ts'

const tasks = taskModule<typeof import('../../../core/conformance/pool-tasks.mjs')>(
  () => new Worker(new URL('../fixtures/pool.worker.ts', import.meta.url), { type: 'module' }),
)

poolConformance('Web Worker', 'worker', tasks)
