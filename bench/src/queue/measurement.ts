// The program in the parent's role of one measurement: its argument says which, its output is the rate per second.
import type { Measurement } from './apart.ts'
import type { Session } from './subject.ts'
import { loadSubject } from './subjects.ts'

const { subject, load, seconds } = JSON.parse(process.argv[2] ?? '') as Measurement
const session = await (await loadSubject(subject)).open(load)
const messages = Math.ceil((await warmUp(session, seconds)) * seconds)
const rate = messages / (await session.run(messages))
await session.close()
console.log(rate)

/** Runs growing batches for at least `seconds`, so that both sides are compiled; returns the rate of the last. */
async function warmUp(session: Session, seconds: number): Promise<number> {
  // The first batch waits for the child to start.
  await session.run(64)
  const end = performance.now() + 1000 * seconds
  for (let messages = 128; ; messages *= 2) {
    const rate = messages / (await session.run(messages))
    if (performance.now() >= end) return rate
  }
}
