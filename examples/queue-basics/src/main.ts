// A queue of three places: what it does when it is full, with and without waiting, and how it is emptied.

import { FullError, Queue } from '@millrace/node'

const queue = new Queue<string>({ maxsize: 3 })

await queue.put('消息1')
await queue.put('消息2')
console.log(`full after two messages: ${await queue.full()}`)
await queue.put('消息3')
console.log(`full after three messages: ${await queue.full()}`)

const start = performance.now()
const seconds = () => ((performance.now() - start) / 1_000).toFixed(1)

try {
  await queue.put('消息4', { timeout: 2_000 })
} catch (error) {
  if (!(error instanceof FullError)) throw error
  console.log(`put gave up after ${seconds()} s: ${await queue.qsize()} messages in the queue`)
}

try {
  await queue.putNowait('消息4')
} catch (error) {
  if (!(error instanceof FullError)) throw error
  console.log(`putNowait gave up at once: ${await queue.qsize()} messages in the queue`)
}

for (let left = await queue.qsize(); left > 0; left -= 1) console.log(`took ${await queue.getNowait()}`)

if (!(await queue.full())) await queue.putNowait('消息4')
console.log(`put 消息4 once there was room: ${await queue.qsize()} message in the queue`)
