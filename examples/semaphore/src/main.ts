// Five processes want to be inside, and a semaphore lets two of them in at a time. Whoever leaves says so before it gives
// its permit back, so the queue shows how many were inside at once.

import { type Kind, Process, Queue, Semaphore, taskModule } from '@millrace/node'

const kind = (process.argv[2] ?? 'process') as Kind

const tasks = taskModule<typeof import('./tasks.ts')>(new URL('./tasks.ts', import.meta.url))

const room = new Semaphore(2)
const door = new Queue<string>()
const visitors = ['Ann', 'Ben', 'Cleo', 'Dan', 'Eve'].map((name) =>
  new Process(tasks.visit, { args: [room, door], name, kind }).start(),
)
for (const visitor of visitors) await visitor.join()

let inside = 0
let peak = 0
let visits = 0
while (!(await door.empty())) {
  const news = await door.get()
  inside += news.startsWith('in ') ? 1 : -1
  if (news.startsWith('in ')) visits += 1
  peak = Math.max(peak, inside)
}
console.log(`${visits} visits, at most ${peak} at once, ${inside} inside now, ${await room.getValue()} permits free`)
