import { type Pool, taskModule } from '@millrace/node'
import { mapProcess } from '@millrace/node/rxjs'
import { map, type OperatorFunction, pipe } from 'rxjs'
import type { Batch } from './batches.ts'
import type { Measured } from './measure.ts'

export const tasks = taskModule<typeof import('./tasks.ts')>(new URL('./tasks.ts', import.meta.url))

export interface ScalesOptions {
  folder: string
  processes: number
  /** Batches that may wait to be measured; the walk waits for room. */
  maxsize: number
  /** Ends everything at once, with its reason. */
  signal: AbortSignal
}

/** The stage that measures batches, in processes of its own or in those of a pool. */
export const scales = (options: ScalesOptions, pool?: Pool): OperatorFunction<Batch, Measured> => {
  const { folder, processes, signal } = options
  // Besides those that wait, each process has one in hand.
  const maxsize = options.maxsize + processes
  return pipe(
    map((batch: Batch) => ({ batch, folder })),
    mapProcess(tasks.measure, { processes, maxsize, ordered: false, signal, pool }),
  )
}
