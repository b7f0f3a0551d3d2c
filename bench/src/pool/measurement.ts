// The program of one measurement: its arguments say which, its output is the rate per second.
import { batchOf, type Load } from './load.ts'
import { subjects } from './subjects.ts'

const [, , name = '', options = '', duration] = process.argv
const subject = await subjects[name]?.load()
if (!subject) throw new Error(`There is no subject '${name}'.`)
const load = JSON.parse(options) as Load
const seconds = Number(duration)
const session = await subject.open(load)
const batch = batchOf(load.case, session.inChunks, seconds)
const end = performance.now() + 1000 * seconds
do await session.run(batch)
while (performance.now() < end)
let done = 0
let took = 0
do {
  took += await session.run(batch)
  done += batch
} while (took < seconds)
await session.close()
console.log(done / took)
