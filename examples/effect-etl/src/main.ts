import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { Hub } from '@millrace/node/effect'
import * as Cause from 'effect/Cause'
import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import * as Metric from 'effect/Metric'
import { type Job, run } from './etl.ts'

const USAGE = 'usage: effect-etl orders.csv [--output totals.jsonl] [--errors rejected.jsonl] [--processes 4]'

function jobIn(args: readonly string[]): Job | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { output: { type: 'string' }, errors: { type: 'string' }, processes: { type: 'string' } },
  })
  const [input] = positionals
  const processes = Number(values.processes ?? availableParallelism())
  if (input === undefined || positionals.length > 1 || !Number.isInteger(processes) || processes < 1) return undefined
  const { output = 'totals.jsonl', errors = 'rejected.jsonl' } = values
  return { input, output, errors, processes }
}

const program = (job: Job) =>
  Effect.gen(function* () {
    const totals = yield* run(job)
    const read = yield* Metric.value(Metric.counter('etl.rows', { incremental: true }))
    const rejected = yield* Metric.value(Metric.counter('etl.rejected', { incremental: true }))
    console.log(`${read.count} rows, ${rejected.count} of them rejected: ${totals.length} countries in ${job.output}`)
  }).pipe(Effect.provide(Hub.layer))

/** Undefined where they make no sense, which is said. */
function checkedJob(args: readonly string[]): Job | undefined {
  try {
    const job = jobIn(args)
    if (job === undefined) console.error(USAGE)
    return job
  } catch (error) {
    // A flag that there is not, or one without its value.
    console.error(`effect-etl: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
    return undefined
  }
}

async function start(job: Job): Promise<void> {
  // Ctrl-C interrupts it: the processes are stopped, and the next run goes on.
  const interrupt = new AbortController()
  process.once('SIGINT', () => interrupt.abort())
  const exit = await Effect.runPromiseExit(program(job), { signal: interrupt.signal })
  if (Exit.isFailure(exit)) {
    const interrupted = Cause.hasInterruptsOnly(exit.cause)
    console.error(interrupted ? 'interrupted: run it again to go on' : Cause.pretty(exit.cause))
    process.exitCode = interrupted ? 130 : 1
  }
}

const args = process.argv.slice(2)
if (args.includes('--help')) console.log(USAGE)
else {
  const job = checkedJob(args)
  if (job === undefined) process.exitCode = 2
  else await start(job)
}
