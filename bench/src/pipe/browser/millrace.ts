import { Pipe, Process, taskModule } from '@millrace/browser'
import { connectionSession } from '../connection-session.ts'
import { offer } from './offer.ts'

const tasks = taskModule<typeof import('../millrace-tasks.ts')>(
  () => new Worker(new URL('./millrace.worker.js', import.meta.url), { type: 'module' }),
)

offer({
  async open(load) {
    const [here, there] = Pipe<unknown>()
    const child = new Process(tasks.serveConnection, { args: [there, load] }).start()
    return connectionSession(here, child, load)
  },
})
