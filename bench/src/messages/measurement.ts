// The program in the parent's role of one measurement: its argument says which, its output is the rate per second.
import type { Measurement } from './apart.ts'
import type { Catalogue, Session } from './subject.ts'

const { catalogue, subject, load, seconds } = JSON.parse(process.argv[2] ?? '') as Measurement
const { subjects } = (await import(catalogue)) as Catalogue
const carrier = await subjects[subject]?.load()
if (!carrier) throw new Error(`There is no subject '${subject}' in ${catalogue}.`)
const session = await carrier.open(load)
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
