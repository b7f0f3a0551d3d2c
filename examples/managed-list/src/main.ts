// A manager makes objects that processes share: what a child does to the list, the parent sees.

import { Manager, Process, taskModule } from '@millrace/node'

const tasks = taskModule<typeof import('./tasks.ts')>(new URL('./tasks.ts', import.meta.url))

await using manager = await new Manager({ process: true }).start()
const list = manager.list([1, 2, 3])
await new Process(tasks.setFirst, { args: [list] }).start().join()
console.log(await list.slice())
