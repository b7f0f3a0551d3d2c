import type { Connection, Lock, SharedValue } from '@millrace/node'
import type { CaseName, Work } from './load.ts'

/** What the two have in common. */
export interface Shared {
  readonly value: SharedValue<'int32'>
  readonly lock: Lock
}

/** Does what it is asked to, and answers with how long it took, in seconds, until it is told to end. */
export async function serveCounter(orders: Connection<number | null>, shared: Shared, name: CaseName) {
  const work = workOn(shared, name)
  for (let count = await orders.recv(); count !== null; count = await orders.recv()) {
    await work(count)
    await orders.send(count)
  }
}

export function workOn({ value, lock }: Shared, name: CaseName): Work {
  switch (name) {
    case 'atomic-add':
      return (count) => {
        for (let i = 0; i < count; i++) value.atomic.add(1)
      }
    case 'lock-add':
      return async (count) => {
        for (let i = 0; i < count; i++) await value.update((old) => old + 1)
      }
    case 'lock':
    case 'lock-contended':
      return async (count) => {
        for (let i = 0; i < count; i++) {
          await lock.acquire()
          // Done by now, where this process has the lock: its promise is for who releases another's.
          void lock.release()
        }
      }
  }
}
