import { Process, Queue, taskModule } from '@millrace/node'
import type { Batch } from './batches.ts'
import type { Measured } from './measure.ts'

const tasks = taskModule<typeof import('./tasks.ts')>(new URL('./tasks.ts', import.meta.url))

export interface CrewOptions {
  folder: string
  processes: number
  /** Batches that may wait to be measured: `put` waits for room. */
  maxsize: number
  /** Ends every wait at once, with its reason. */
  signal: AbortSignal
}

/**
 * Processes that measure batches:
 *
 *     put ──► batches ──► measureAll × processes ──► results ──► measured
 *
 * Both queues hold at most `maxsize`, so neither end can run ahead of the other. A process that dies ends every wait
 * with its error; leaving the scope of a crew kills what still runs.
 */
export class Crew implements AsyncDisposable {
  readonly #ready = new Queue<number>()
  readonly #batches: Queue<Batch | null>
  readonly #results: Queue<Measured | null>
  readonly #processes: Process[]
  readonly #signal: AbortSignal

  constructor({ folder, processes, maxsize, signal }: CrewOptions) {
    this.#batches = new Queue({ maxsize })
    this.#results = new Queue({ maxsize })
    const died = new AbortController()
    this.#signal = AbortSignal.any([signal, died.signal])
    this.#processes = Array.from({ length: processes }, (_, at) => {
      const args = [folder, this.#ready, this.#batches, this.#results] as const
      const process = new Process(tasks.measureAll, { name: `scales-${at + 1}`, args }).start()
      process.result.catch((error) => died.abort(error))
      return process
    })
  }

  /** Resolves once every process has started. */
  async ready(): Promise<void> {
    for (const _ of this.#processes) await this.#ready.get({ signal: this.#signal })
  }

  /** Hands out a batch as soon as there is room for it. */
  async put(batch: Batch): Promise<void> {
    await this.#batches.put(batch, { signal: this.#signal })
  }

  /** Says that there are no more batches: one end marker for each process. */
  async finish(): Promise<void> {
    for (const _ of this.#processes) await this.#batches.put(null, { signal: this.#signal })
  }

  /** What the processes have measured, until the last of them has passed its end marker on. */
  async *measured(): AsyncGenerator<Measured> {
    let working = this.#processes.length
    while (working > 0) {
      const measured = await this.#results.get({ signal: this.#signal })
      if (measured === null) working -= 1
      else yield measured
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of this.#processes) await process.kill()
    // A process that could not be started cannot be joined either; its error ended the wait for it.
    await Promise.allSettled(this.#processes.map((process) => process.join()))
  }
}
