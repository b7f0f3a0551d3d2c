import { setTimeout } from 'node:timers/promises'
import { currentProcess, EmptyError, type Lock, type Queue } from '@millrace/node'

/** Makes items, each while it holds the lock. */
export async function produce(store: Queue<string>, lock: Lock, count: number): Promise<void> {
  const { name } = currentProcess()
  for (let i = 1; i <= count; i++)
    await lock.withLock(async () => {
      await store.put(`${name} ${i}`)
      console.log(`made ${name} ${i}`)
    })
}

/** Takes items, each while it holds the lock; where there is none it lets others have the lock. */
export async function consume(store: Queue<string>, lock: Lock, count: number): Promise<void> {
  for (let taken = 0; taken < count; ) {
    const item = await lock.withLock(() => store.getNowait().catch(orNothing))
    if (item === undefined) await setTimeout(5)
    else {
      taken += 1
      console.log(`took ${item}`)
    }
  }
}

function orNothing(error: unknown): undefined {
  if (!(error instanceof EmptyError)) throw error
}
