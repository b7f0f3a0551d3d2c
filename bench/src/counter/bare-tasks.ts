import type { Connection, SharedArray } from '@millrace/node'
import type { CaseName } from './load.ts'

export async function serveBare(orders: Connection<number | null>, words: SharedArray<'int32'>, name: CaseName) {
  const work = bareWork(words.view, name)
  for (let count = await orders.recv(); count !== null; count = await orders.recv()) {
    work(count)
    await orders.send(count)
  }
}

export function bareWork(words: Int32Array, name: CaseName): (count: number) => void {
  const acquire = () => {
    while (Atomics.compareExchange(words, 1, 0, 1) !== 0);
  }
  if (name === 'atomic-add')
    return (count) => {
      for (let i = 0; i < count; i++) Atomics.add(words, 0, 1)
    }
  return (count) => {
    for (let i = 0; i < count; i++) {
      acquire()
      if (name === 'lock-add') words[0] = words[0]! + 1
      Atomics.store(words, 1, 0)
    }
  }
}
