import { Readable } from 'node:stream'
import { Worker } from 'node:worker_threads'
import { bound, type Item, stages, workers } from './load.ts'
import { pipeline } from './subject.ts'

const program = new URL('./node-streams-worker.js', import.meta.url)

/** Worker threads that answer each message, called by the streams' own `map`. */
export const nodeStreams = pipeline(() => {
  const callers = Array.from({ length: stages }, () => Array.from({ length: workers }, () => new Caller()))
  const map = (source: Readable, stage: Caller[]): Readable => {
    let turn = 0
    return source.map((item: Item) => stage[turn++ % workers]!.call(item), { concurrency: bound })
  }
  return {
    async run(items, arrived) {
      for await (const item of callers.reduce(map, Readable.from(items))) arrived(item as Item)
    },
    close: () => Promise.all(callers.flat().map((caller) => caller.close())),
  }
})

/** A worker answers in order. */
class Caller {
  readonly #worker = new Worker(program)
  readonly #waiting: Array<(item: Item) => void> = []

  constructor() {
    this.#worker.on('message', (item: Item) => this.#waiting.shift()!(item))
  }

  call(item: Item): Promise<Item> {
    this.#worker.postMessage(item)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  close(): Promise<number> {
    return this.#worker.terminate()
  }
}
