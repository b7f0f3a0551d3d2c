// The program of one measurement: its arguments say which, its output is the rate per second and the peak, as JSON.
import type { Load } from './load.ts'
import type { Session } from './subject.ts'
import { subjects } from './subjects.ts'

const [, , name = '', options = '', duration] = process.argv
const subject = await subjects[name]?.load()
if (!subject) throw new Error(`There is no subject '${name}'.`)
const load = JSON.parse(options) as Load
const seconds = Number(duration)
const session = await subject.open(load)
const count = Math.max(64, Math.ceil((await warmUp(session)) * seconds))
const run = await session.run(count)
await session.close()
console.log(JSON.stringify({ rate: count / run.seconds, peak: run.peak }))

/** Runs growing batches for at least `seconds`; returns the rate of the last. */
async function warmUp(session: Session): Promise<number> {
  // The first one waits for the workers to start.
  await session.run(64)
  const end = performance.now() + 1000 * seconds
  for (let items = 128; ; items *= 2) {
    const rate = items / (await session.run(items)).seconds
    if (performance.now() >= end) return rate
  }
}
