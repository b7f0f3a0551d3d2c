import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { counter } from './counter/scenario.ts'
import { skipped } from './entry.ts'
import { machine } from './machine.ts'
import { parseOptions } from './options.ts'
import { pipe } from './pipe/scenario.ts'
import { pipeline } from './pipeline/scenario.ts'
import { pool } from './pool/scenario.ts'
import { queue } from './queue/scenario.ts'
import { jsonLines, table } from './report.ts'
import { page, plain, rowsOf } from './results.ts'
import type { Result } from './scenario.ts'

const RESULTS = fileURLToPath(new URL('../RESULTS.md', import.meta.url))

// Results alone go to stdout, so that `--json` can be piped; all else goes to stderr.
const { runs, everything, json } = parseOptions([queue, pipe, counter, pool, pipeline])
const about = machine()
console.error(about)
const cases: Result[][] = []
for (const { scenario, plan } of runs) {
  for await (const results of scenario.run(plan)) {
    if (results.length === 0) continue
    cases.push(results)
    if (json) console.log(jsonLines(results))
    else if (runs.length === 1) console.log(table(results))
    else console.error(table(results))
  }
}
if (runs.length > 1 && !json) console.log(plain(rowsOf(cases)))
if (everything) {
  const notes = [...skipped].map((line) => `- ${line}`).join('\n')
  writeFileSync(RESULTS, page(cases, about, new Date().toISOString().slice(0, 10), notes))
  console.error(`Written to ${RESULTS}`)
}
