import { openSync, readSync } from 'node:fs'

/** What Linux keeps of the thread that looks: [nanoseconds on a core] [nanoseconds ready, and not on one] [turns]. */
const SCHEDULE = '/proc/thread-self/schedstat'
const SPACE = 0x20

const bytes = new Uint8Array(64)
let file: number | undefined
let latest = 0

/** For how long, in milliseconds, this thread could have run and others had the core, as far as anybody keeps account of that. */
export function runDelay(): number {
  if (file === -1) return latest
  try {
    file ??= openSync(SCHEDULE, 'r')
    latest = delayIn(readSync(file, bytes, 0, bytes.length, 0))
  } catch {
    file = -1
  }
  return latest
}

function delayIn(length: number): number {
  let at = bytes.indexOf(SPACE) + 1
  let ns = 0
  for (; at < length && bytes[at] !== SPACE; at++) ns = ns * 10 + (bytes[at]! - 0x30)
  return ns / 1e6
}
