import { counter } from './counter/scenario.ts'
import { machine } from './machine.ts'
import { parseOptions } from './options.ts'
import { pipe } from './pipe/scenario.ts'
import { pool } from './pool/scenario.ts'
import { queue } from './queue/scenario.ts'
import { jsonLines, table } from './report.ts'

// Results alone go to stdout, so that `--json` can be piped; all else goes to stderr.
const options = parseOptions([queue, pipe, counter, pool])
console.error(machine())
for await (const results of options.scenario.run(options.plan)) {
  if (results.length > 0) console.log(options.json ? jsonLines(results) : table(results))
}
