// The program of one measurement: its arguments say which, its output is the rate per second.
import { type CaseName, isAlone, operations } from './load.ts'
import { subjects } from './subjects.ts'

const [, , subject = '', name, seconds] = process.argv
const open = await subjects[subject]?.load()
if (!open) throw new Error(`There is no subject '${subject}'.`)
const rivals = await open(name as CaseName)
const sides = isAlone(name as CaseName) ? 1 : 2
// The first waits for the child to start; those that follow have both sides compiled.
await rivals.run(64)
const end = performance.now() + 1000 * Number(seconds)
do await rivals.run(operations)
while (performance.now() < end)
let done = 0
let took = 0
do {
  took += await rivals.run(operations)
  done += sides * operations
} while (took < Number(seconds))
await rivals.close()
console.log(done / took)
