import { setTimeout as sleep } from 'node:timers/promises'
import { currentProcess, type JoinableQueue } from '@millrace/node'

/** Puts all items and waits until each of them has been worked on, not merely taken. */
export async function produce(queue: JoinableQueue<string>, items: number): Promise<void> {
  for (let n = 0; n < items; n += 1) await queue.put(`任务${n}`)
  console.log(`${currentProcess().name}: put ${items} items`)
  await queue.join()
  console.log(`${currentProcess().name}: all are done`)
}

/** Works for ever; it is a daemon, so it ends with the program. */
export async function consume(queue: JoinableQueue<string>): Promise<never> {
  while (true) {
    const item = await queue.get()
    await sleep(50)
    console.log(`${currentProcess().name}: did ${item}`)
    await queue.taskDone()
  }
}
