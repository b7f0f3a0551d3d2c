// Follows a log that grows faster than its lines can be read, once with each overflow policy, side by side:
//
//   file ──► tail ──┬──► mapProcess(read, overflow: 'buffer') ──► tally
//   (does not wait) ├──► mapProcess(read, overflow: 'error') ───► tally
//                   ├──► ...

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from '@millrace/node'
import { forkJoin, lastValueFrom, share } from 'rxjs'
import { policies, readBy, type Tally, tasks } from './policies.ts'
import { tail } from './tail.ts'
import { writeLog } from './writer.ts'

const LINES = 400
const BURST = 100
const MAXSIZE = 16
/** The log is at its end when nothing has come for so long, in milliseconds. */
const QUIET_MS = 1_000

await using pool = new Pool({ processes: policies.length })
await pool.prewarm(policies.length, tasks.read)
const folder = await mkdtemp(join(tmpdir(), 'log-tail-'))
try {
  const log = join(folder, 'app.log')
  await writeFile(log, '')
  const lines$ = tail(log, QUIET_MS).pipe(share())
  const tallies = lastValueFrom(forkJoin(policies.map((policy) => readBy(policy, pool, MAXSIZE, lines$))))
  await writeLog(log, LINES, BURST)
  print(await tallies)
} finally {
  await rm(folder, { recursive: true })
}

function print(tallies: readonly Tally[]): void {
  console.log(row('overflow', 'came', 'read', 'errors', 'behind', 'last', 'end'))
  for (const { policy, came, read, errors, behind, last, end } of tallies)
    console.log(row(policy, came, read, errors, behind, last, end))
}

function row(name: string, ...cells: ReadonlyArray<number | string>): string {
  return [name.padEnd(12), ...cells.map((cell) => String(cell).padStart(7)).slice(0, -1), `   ${cells.at(-1)}`].join(
    ' ',
  )
}
