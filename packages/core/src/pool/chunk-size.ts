/** A chunk whose size nobody has given is to take about so many milliseconds. */
const CHUNK_MS = 10
/** And is no more than so many times as long as the one before: what is known of the pace may be wrong. */
const GROWTH = 8
/** So many chunks are left for each worker, so that the last of them end together. */
const SHARE = 2

/**
 * How many of the calls that remain go to a worker together: as many as the user said; or one at a time, until it is known
 * how long a call takes, and then so many that the way there and back costs little beside the work.
 */
export function chunkOf(
  chunksize: number | undefined,
  pace: number | undefined,
  remaining: number,
  workers: number,
  last: number,
): number {
  if (chunksize !== undefined) return Math.min(chunksize, remaining)
  if (pace === undefined) return 1
  const worthwhile = Math.floor(CHUNK_MS / Math.max(pace, 1e-6))
  const fair = Math.ceil(remaining / (SHARE * Math.max(1, workers)))
  return Math.max(1, Math.min(worthwhile, fair, last * GROWTH))
}
