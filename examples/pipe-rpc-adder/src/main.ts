// A process serves requests that come through one end of a duplex pipe, and sends its answers back the same way.

import { type Kind, Pipe, Process, taskModule } from '@millrace/node'
import type { Pair } from './tasks.ts'

const kind = (process.argv[2] ?? 'process') as Kind

const tasks = taskModule<typeof import('./tasks.ts')>(new URL('./tasks.ts', import.meta.url))

const [client, server] = Pipe<number, Pair>()
const adder = new Process(tasks.add, { args: [server], kind }).start()

await client.send([10, 20])
console.log(await client.recv())

await client.close()
await adder.join()
