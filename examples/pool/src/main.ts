// What a pool is for: single calls, calls that are not waited for at once, many calls, and workers that serve a queue.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { JoinableQueue, Pool, taskModule } from '@millrace/node'

const tasks = taskModule<typeof import('./tasks.ts')>(new URL('./tasks.ts', import.meta.url))
const kind = process.argv[2] === 'thread' ? 'thread' : 'process'

const server = createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1')
const { port } = await new Promise<AddressInfo>((resolve) =>
  server.once('listening', () => resolve(server.address() as AddressInfo)),
)

await using pool = new Pool({ processes: 3, kind })

console.log('apply:', await pool.apply(tasks.double, [5]))

const result = pool.applyAsync(tasks.double, [10])
console.log('applyAsync: ready?', result.ready())
console.log('applyAsync:', await result.get({ timeout: 60_000 }))

const urls = ['/a', '/b', '/c', '/d', '/e'].map((path) => `http://127.0.0.1:${port}${path}`)
for (const line of await pool.map(tasks.fetchStatus, urls)) console.log(line)

const queue = new JoinableQueue<string | null>()
const consumers = [1, 2, 3].map(() => pool.applyAsync(tasks.consume, [queue]))
for (let n = 0; n < 10; n += 1) await queue.put(`任务${n}`)
for (const _ of consumers) await queue.put(null)
await queue.join()
const done = (await Promise.all(consumers)).flat()
console.log('all done:', done.sort().join(' '))

server.close()
