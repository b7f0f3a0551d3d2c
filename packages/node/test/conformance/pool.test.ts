import { taskModule } from '@millrace/node'
import { poolConformance } from '../../../core/conformance/pool.ts'
import { isQuick } from '../../../core/test/thorough.ts'

const tasks = taskModule<typeof import('../../../core/conformance/pool-tasks.mjs')>(
  new URL('../../../core/conformance/pool-tasks.mjs', import.meta.url),
)

poolConformance('child process', 'process', tasks)
if (!isQuick) poolConformance('worker thread', 'thread', tasks)
