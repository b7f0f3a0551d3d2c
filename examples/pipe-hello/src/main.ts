// The smallest use of a pipe: one message to a process.

import { type Kind, Pipe, Process, taskModule } from '@millrace/node'

const kind = (process.argv[2] ?? 'process') as Kind

const tasks = taskModule<typeof import('./tasks.ts')>(new URL('./tasks.ts', import.meta.url))

const [parent, child] = Pipe<string>()
const greeter = new Process(tasks.greet, { args: [child], kind }).start()

await parent.send('Hello from main process')
await greeter.join()
