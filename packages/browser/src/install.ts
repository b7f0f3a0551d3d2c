import { installPlatform } from '@millrace/core/internal'
import { pid } from './pid.ts'
import { awaitConnections } from './shared-worker.ts'
import { spawnWorker } from './web-worker.ts'

installPlatform({
  kinds: ['worker'],
  spawn: spawnWorker,
  get pid() {
    return pid()
  },
  cpuCount: () => navigator.hardwareConcurrency,
})
awaitConnections()
