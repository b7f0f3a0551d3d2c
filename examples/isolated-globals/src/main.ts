// Processes share no globals: what a child does to a variable of a module, only that child sees.

import { Process, taskModule } from '@millrace/node'
import { total } from './tasks.ts'

const tasks = taskModule<typeof import('./tasks.ts')>(new URL('./tasks.ts', import.meta.url))

console.log(`parent, before: ${total}`)
const children = [new Process(tasks.add, { args: [50] }).start(), new Process(tasks.subtract, { args: [50] }).start()]
for (const child of children) await child.join()
console.log(`parent, after: ${total}`)
