import { walk } from './walk.ts'

/** How much there is to measure, as far as it is known. */
export interface Census {
  files: number
  bytes: number
  complete: boolean
}

/**
 * Counts a folder while it is being measured. The walk that feeds the processes knows its end last of all, since the
 * queue holds it back; this one runs ahead of it and keeps nothing but two sums.
 */
export function startCensus(folder: string, signal: AbortSignal): Census {
  const census: Census = { files: 0, bytes: 0, complete: false }
  void count(folder, census, signal)
  return census
}

async function count(folder: string, census: Census, signal: AbortSignal): Promise<void> {
  for await (const entry of walk(folder)) {
    if (signal.aborted) return
    if (entry.kind !== 'file') continue
    census.files += 1
    census.bytes += entry.size
  }
  census.complete = true
}
