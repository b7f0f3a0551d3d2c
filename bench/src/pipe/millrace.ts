import { type Kind, Pipe, Process, taskModule } from '@millrace/node'
import type { Subject } from '../messages/subject.ts'
import { connectionSession } from './connection-session.ts'

const tasks = taskModule<typeof import('./millrace-tasks.ts')>(new URL('./millrace-tasks.js', import.meta.url))

export const millraceProcess = millrace('process')

export const millraceThread = millrace('thread')

function millrace(kind: Kind): Subject {
  return {
    async open(load) {
      const [here, there] = Pipe<unknown>()
      const child = new Process(tasks.serveConnection, { args: [there, load], kind }).start()
      return connectionSession(here, child, load)
    },
  }
}
