// The parent produces, and a process consumes what comes through a pipe until its end of file. The end that is sent to
// the process is closed here by that, and the process never has the other one: nobody closes what he does not use.

import { type Kind, Pipe, Process, taskModule } from '@millrace/node'

const kind = (process.argv[2] ?? 'process') as Kind

const tasks = taskModule<typeof import('./tasks.ts')>(new URL('./tasks.ts', import.meta.url))

const [reader, writer] = Pipe<number>({ duplex: false })
const consumer = new Process(tasks.consume, { args: [reader], name: 'consumer', kind }).start()

for (let item = 0; item < 10; item += 1) await writer.send(item)
await writer.close()

await consumer.join()
console.log(`${consumer.name} ended with exit code ${consumer.exitCode}; its end is closed here: ${reader.closed}`)
