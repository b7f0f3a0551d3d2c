// The program that finds how many steps of `busy` take about a millisecond here; its output is their number.
import { median } from '../statistics.ts'
import { busy } from './tasks.ts'

const trial = 150_000
const end = performance.now() + 300
do await time(trial)
while (performance.now() < end)
const times: number[] = []
// The median, for other programs that share a core slow some of them down.
for (let i = 0; i < 200; i++) times.push(await time(trial))
console.log(Math.round(trial / median(times)))

/** In milliseconds of CPU time; asynchronous, for the task has to be called here as pools call it, from outside and not inlined. */
async function time(steps: number): Promise<number> {
  const start = process.cpuUsage()
  busy(steps)
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}
