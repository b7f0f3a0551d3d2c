import type { Batch } from './batches.ts'
import { type Measured, measureBatch } from './measure.ts'

/** Measures a batch of files that were found below `folder`. */
export const measure = ({ batch, folder }: { batch: Batch; folder: string }): Measured => measureBatch(batch, folder)
