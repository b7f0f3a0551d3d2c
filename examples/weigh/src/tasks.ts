import type { Queue } from '@millrace/node'
import type { Batch } from './batches.ts'
import { type Measured, measureBatch } from './measure.ts'

/** The work of one process: measures batches until it takes the end marker, and passes the marker on. */
export async function measureAll(
  folder: string,
  ready: Queue<number>,
  batches: Queue<Batch | null>,
  results: Queue<Measured | null>,
): Promise<void> {
  await ready.put(process.pid)
  for (let batch = await batches.get(); batch !== null; batch = await batches.get()) {
    await results.put(measureBatch(batch, folder))
  }
  await results.put(null)
}
