import type { Batch } from './batches.ts'
import { Crew, type CrewOptions } from './crew.ts'
import type { Sample } from './sample.ts'

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
export async function measureSpeedUp(sample: Sample, options: CrewOptions): Promise<SpeedUp> {
  let oneSeconds = Number.POSITIVE_INFINITY
  let allSeconds = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round += 1) {
    oneSeconds = Math.min(oneSeconds, await timeOf(sample.batches, { ...options, processes: 1 }))
    allSeconds = Math.min(allSeconds, await timeOf(sample.batches, options))
  }
  return { factor: oneSeconds / allSeconds, bytes: sample.bytes, oneSeconds, allSeconds }
}

/** The clock starts when the processes have. */
async function timeOf(batches: Batch[], options: CrewOptions): Promise<number> {
  await using crew = new Crew(options)
  await crew.ready()
  const start = performance.now()
  await Promise.all([feed(crew, batches), drain(crew)])
  return (performance.now() - start) / 1_000
}

async function feed(crew: Crew, batches: Batch[]): Promise<void> {
  for (const batch of batches) await crew.put(batch)
  await crew.finish()
}

async function drain(crew: Crew): Promise<void> {
  for await (const _ of crew.measured());
}
