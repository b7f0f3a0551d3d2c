// A number and an array that processes share: one of them looks before the parent changes both, and again after that;
// another was started after the change.

import { type Kind, Process, SharedArray, SharedEvent, SharedValue, taskModule } from '@millrace/node'

const kind = (process.argv[2] ?? 'process') as Kind

const tasks = taskModule<typeof import('./tasks.ts')>(new URL('./tasks.ts', import.meta.url))

const number = new SharedValue('int32', 0)
const numbers = new SharedArray('int32', [1, 2, 3])
const [seen, changed] = [new SharedEvent(), new SharedEvent()]

const early = new Process(tasks.lookTwice, { args: [number, numbers, seen, changed], name: 'early', kind }).start()
await seen.wait()
await number.set(42)
await numbers.set(0, 99)
await changed.set()
await early.join()
await new Process(tasks.look, { args: [number, numbers], name: 'late', kind }).start().join()
