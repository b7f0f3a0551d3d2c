import { setTimeout as sleep } from 'node:timers/promises'

/** @param {{ what: unknown, ms?: number }} order */
export default async function task({ what, ms = 0 }) {
  if (what === 'exit') process.exit(3)
  if (what === 'function') return () => 1
  await sleep(ms)
  return what
}
