import { Pool } from '@millrace/node'
import { forEach, from } from '@millrace/node/rxjs'
import { lastValueFrom } from 'rxjs'
import type { Batch } from './batches.ts'
import type { Sample } from './sample.ts'
import { type ScalesOptions, scales, tasks } from './scales.ts'

/** How long the same batches took one process and all of them. */
export interface SpeedUp {
  factor: number
  bytes: number
  oneSeconds: number
  allSeconds: number
}

const ROUNDS = 3

/** Whether there are several processes, and enough batches to share out. */
export const isComparable = (sample: Sample, processes: number) =>
  processes > 1 && sample.batches.length >= 2 * processes

/**
 * Measures the sample with one process and with all, in turn, so that whatever else the machine does meets both, and
 * compares the best round of each.
 */
export async function measureSpeedUp(sample: Sample, options: ScalesOptions): Promise<SpeedUp> {
  let oneSeconds = Number.POSITIVE_INFINITY
  let allSeconds = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round += 1) {
    oneSeconds = Math.min(oneSeconds, await timeOf(sample.batches, { ...options, processes: 1 }))
    allSeconds = Math.min(allSeconds, await timeOf(sample.batches, options))
  }
  return { factor: oneSeconds / allSeconds, bytes: sample.bytes, oneSeconds, allSeconds }
}

/** The clock starts when the processes have. */
async function timeOf(batches: Batch[], options: ScalesOptions): Promise<number> {
  await using pool = new Pool({ processes: options.processes })
  await pool.prewarm(options.processes, tasks.measure)
  const start = performance.now()
  await lastValueFrom(
    from(batches).pipe(
      scales(options, pool),
      forEach(() => {}),
    ),
  )
  return (performance.now() - start) / 1_000
}
