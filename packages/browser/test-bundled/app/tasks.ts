import {
  type Connection,
  type JoinableQueue,
  Process,
  type Queue,
  type SimpleQueue,
  taskModule,
} from '@millrace/browser'

const leaves = taskModule<typeof import('./leaves.ts')>(
  () => new Worker(new URL('./leaves.worker.ts', import.meta.url), { type: 'module' }),
)

/** Measures words until an empty one comes; returns how many it measured. */
export async function measure(words: Queue<string>, lengths: Queue<number>): Promise<number> {
  for (let count = 0; ; count++) {
    const word = await words.get()
    if (word === '') return count
    await lengths.put(word.length)
  }
}

/** Nothing here names the classes of what it gets, so a bundler could leave them out. */
export async function passOn(work: JoinableQueue<string>, on: SimpleQueue<string>, end: Connection<string>) {
  const { item, done } = await work.receive()
  await on.put(item)
  await end.send(item)
  done()
}

export function fail(): never {
  throw new RangeError('too far')
}

export function squareElsewhere(n: number): Promise<number> {
  return new Process(leaves.square, { args: [n] }).start().result
}
