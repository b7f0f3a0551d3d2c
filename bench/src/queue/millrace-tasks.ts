import type { Queue } from '@millrace/node'
import { type CaseName, isIntact, payloadOf } from './load.ts'

// The child's side of each flow. A batch starts with its number of messages on `there`; null ends the task.

export async function consume(there: Queue<unknown>, back: Queue<unknown>, name: CaseName): Promise<void> {
  for (let messages = await there.get(); messages !== null; messages = await there.get()) {
    let last: unknown
    for (let i = 0; i < Number(messages); i++) last = await there.get()
    await back.put(isIntact(name, last))
  }
}

export async function produce(there: Queue<unknown>, back: Queue<unknown>, name: CaseName): Promise<void> {
  const payload = payloadOf(name)
  for (let messages = await there.get(); messages !== null; messages = await there.get()) {
    for (let i = 0; i < Number(messages); i++) await back.put(payload)
  }
}

export async function echo(there: Queue<unknown>, back: Queue<unknown>, _name: CaseName): Promise<void> {
  for (let message = await there.get(); message !== null; message = await there.get()) await back.put(message)
}
