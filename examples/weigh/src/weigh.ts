import { forEach, from } from '@millrace/node/rxjs'
import { lastValueFrom, tap } from 'rxjs'
import { type Batch, batchesOf } from './batches.ts'
import type { Measured } from './measure.ts'
import type { Sample } from './sample.ts'
import { type ScalesOptions, scales } from './scales.ts'
import { addSizes, addToPackage, noSizes, type Sizes } from './sizes.ts'
import { walk } from './walk.ts'

/** What is known of a folder so far, and at the end. */
export interface Weighing {
  total: Sizes
  packages: Map<string, Sizes>
  /** Path → reason: the blocks of one large file may each be refused, and the file counts once. */
  unreadable: Map<string, string>
  /** Symbolic links, sockets and other things that are not regular files. */
  leftOut: number
  seconds: number
  /** How long the walk waited for room. */
  heldBackSeconds: number
}

export interface WeighOptions extends ScalesOptions {
  sample: Sample
  onProgress: (weighing: Weighing) => void
}

/** Weighs a folder. Once `signal` aborts it stops everything and resolves with what was done until then. */
export async function weigh(options: WeighOptions): Promise<Weighing> {
  const { sample, signal, onProgress } = options
  const weighing: Weighing = {
    total: noSizes(),
    packages: new Map(),
    unreadable: new Map(),
    leftOut: 0,
    seconds: 0,
    heldBackSeconds: 0,
  }
  const pipeline = from(batches(options.folder, weighing)).pipe(
    tap((batch) => sample.offer(batch)),
    scales(options),
    forEach((measured) => {
      add(weighing, measured)
      onProgress(weighing)
    }),
  )
  const start = performance.now()
  try {
    await lastValueFrom(pipeline)
  } catch (error) {
    if (!signal.aborted) throw error
  }
  weighing.seconds = (performance.now() - start) / 1_000
  return weighing
}

/** The batches of a folder, each when it is asked for: from one to the next the walk is held back. */
async function* batches(folder: string, weighing: Weighing): AsyncGenerator<Batch> {
  const found = batchesOf(walk(folder), (entry) => {
    if (entry.kind === 'left-out') weighing.leftOut += 1
    else weighing.unreadable.set(entry.path, entry.reason)
  })
  for await (const batch of found) {
    const given = performance.now()
    yield batch
    weighing.heldBackSeconds += (performance.now() - given) / 1_000
  }
}

function add(weighing: Weighing, { packages, unreadable }: Measured): void {
  for (const [name, sizes] of packages) {
    addSizes(weighing.total, sizes)
    addToPackage(weighing.packages, name, sizes)
  }
  for (const { path, reason } of unreadable) weighing.unreadable.set(path, reason)
}
