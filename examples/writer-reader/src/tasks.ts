import { setTimeout as sleep } from 'node:timers/promises'
import { EmptyError, type Queue } from '@millrace/node'

export async function write(queue: Queue<string>): Promise<void> {
  for (let n = 0; n < 5; n += 1) {
    const message = `消息${n}`
    await queue.put(message)
    console.log(`wrote ${message}`)
  }
}

export async function read(queue: Queue<string>): Promise<void> {
  await sleep(1_000)
  try {
    while (true) console.log(`read ${await queue.get({ timeout: 2_000 })}`)
  } catch (error) {
    if (!(error instanceof EmptyError)) throw error
    console.log('nothing came for two seconds: the reader ends')
  }
}
