import { batchesOf } from './batches.ts'
import { Crew, type CrewOptions } from './crew.ts'
import type { Sample } from './sample.ts'
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
  /** How long the walk waited for room in the queue. */
  heldBackSeconds: number
}

export interface WeighOptions extends CrewOptions {
  sample: Sample
  onProgress: (weighing: Weighing) => void
}

/** Weighs a folder. Once `signal` aborts it stops everything and resolves with what was done until then. */
export async function weigh(options: WeighOptions): Promise<Weighing> {
  const weighing: Weighing = {
    total: noSizes(),
    packages: new Map(),
    unreadable: new Map(),
    leftOut: 0,
    seconds: 0,
    heldBackSeconds: 0,
  }
  const start = performance.now()
  try {
    await using crew = new Crew(options)
    await Promise.all([feed(crew, weighing, options), collect(crew, weighing, options)])
  } catch (error) {
    if (!options.signal.aborted) throw error
  }
  weighing.seconds = (performance.now() - start) / 1_000
  return weighing
}

async function feed(crew: Crew, weighing: Weighing, { folder, sample }: WeighOptions): Promise<void> {
  const batches = batchesOf(walk(folder), (entry) => {
    if (entry.kind === 'left-out') weighing.leftOut += 1
    else weighing.unreadable.set(entry.path, entry.reason)
  })
  for await (const batch of batches) {
    sample.offer(batch)
    const asked = performance.now()
    await crew.put(batch)
    weighing.heldBackSeconds += (performance.now() - asked) / 1_000
  }
  await crew.finish()
}

async function collect(crew: Crew, weighing: Weighing, { onProgress }: WeighOptions): Promise<void> {
  for await (const { packages, unreadable } of crew.measured()) {
    for (const [name, sizes] of packages) {
      addSizes(weighing.total, sizes)
      addToPackage(weighing.packages, name, sizes)
    }
    for (const { path, reason } of unreadable) weighing.unreadable.set(path, reason)
    onProgress(weighing)
  }
}
