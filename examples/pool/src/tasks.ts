import { setTimeout as sleep } from 'node:timers/promises'
import type { JoinableQueue } from '@millrace/node'

export async function double(n: number): Promise<number> {
  await sleep(1_000)
  return n * 2
}

export async function fetchStatus(url: string): Promise<string> {
  const { status } = await fetch(url)
  return `${url} 状态码:${status}`
}

/** Takes work from the queue until the end marker comes, and says for each item when it is done. */
export async function consume(queue: JoinableQueue<string | null>): Promise<string[]> {
  const done: string[] = []
  for (let work = await queue.get(); work !== null; work = await queue.get()) {
    done.push(work)
    await queue.taskDone()
  }
  await queue.taskDone()
  return done
}
