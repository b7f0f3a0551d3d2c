import { openSync, readSync } from 'node:fs'

/** Times that Linux keeps of the thread that looks, in nanoseconds: [on a core] [ready, and not on one] [turns]. */
const SCHEDULE = '/proc/thread-self/schedstat'
const SPACE = 0x20

const bytes = new Uint8Array(64)
let file: number | undefined

/** For how long, in milliseconds, this thread could have run and others had the core; 0 where nobody keeps account of that. */
export function runDelay(): number {
  file ??= open()
  if (file < 0) return 0
  const length = readSync(file, bytes, 0, bytes.length, 0)
  let at = bytes.indexOf(SPACE) + 1
  let ns = 0
  for (; at < length && bytes[at] !== SPACE; at++) ns = ns * 10 + (bytes[at]! - 0x30)
  return ns / 1e6
}

function open(): number {
  try {
    return openSync(SCHEDULE, 'r')
  } catch {
    return -1
  }
}
