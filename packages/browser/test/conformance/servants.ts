import { Process, taskModule } from '@millrace/browser'
import type { StartServant } from '../../../core/conformance/elsewhere.ts'

const tasks = taskModule<typeof import('../../../core/conformance/servant.mjs')>(
  () => new Worker(new URL('../fixtures/servant.worker.ts', import.meta.url), { type: 'module' }),
)

export const inWorker: StartServant = (orders, replies) => {
  const child = new Process(tasks.serve, { args: [orders, replies], daemon: true }).start()
  const kill = async () => {
    await child.kill()
    await child.join()
  }
  return { kill }
}
