import { type Batch, bytesOf } from './batches.ts'

/** Larger batches (a large file is one) would let one process end long after the others. */
const LARGEST = 512 * 1024

/** The first batches of a walk, kept to be measured again. */
export class Sample {
  readonly batches: Batch[] = []
  bytes = 0
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  offer(batch: Batch): void {
    const bytes = bytesOf(batch)
    if (bytes > LARGEST || this.bytes + bytes > this.#limit) return
    this.batches.push(batch)
    this.bytes += bytes
  }
}
