// Weighs a folder of dependencies with one process per core. The main job of Millrace:
//
//   from(walk) ──► at most `maxsize` batches wait ──► mapProcess(measure), one process per core ──► table or JSON

import { realpath, stat } from 'node:fs/promises'
import { startCensus } from './census.ts'
import { INTERRUPTED, interruption } from './interrupt.ts'
import { HELP, type Options, readOptions } from './options.ts'
import { startProgress } from './progress.ts'
import { reportOf } from './report.ts'
import { Sample } from './sample.ts'
import { isComparable, measureSpeedUp, type SpeedUp } from './speed-up.ts'
import { tableOf } from './table.ts'
import { type Weighing, weigh } from './weigh.ts'
import { megabytes } from './words.ts'

const FAILED = 1
const MISUSED = 2

async function main(): Promise<number> {
  let options: Options
  try {
    options = readOptions(process.argv.slice(2))
  } catch (error) {
    return complain(error, MISUSED, 'Try --help.')
  }
  if (options.help) {
    process.stdout.write(HELP)
    return 0
  }
  try {
    return await run({ ...options, folder: await existingFolder(options.folder) })
  } catch (error) {
    return complain(error, FAILED)
  }
}

/** The real path, since the names of packages are read from it. */
async function existingFolder(folder: string): Promise<string> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    throw new Error(error.code === 'ENOENT' ? `no such folder: ${folder}` : error.message)
  })
  if (!found.isDirectory()) throw new Error(`not a folder: ${folder}`)
  return realpath(folder)
}

async function run(options: Options): Promise<number> {
  const signal = interruption()
  const sample = new Sample(options.sample)
  const progress = startProgress(startCensus(options.folder, signal))
  const onProgress = ({ total }: Weighing) => progress.show(total)
  const weighing = await weigh({ ...options, signal, sample, onProgress }).finally(progress.stop)
  const speedUp = await speedUpOn(signal, sample, options)
  const report = reportOf(weighing, speedUp, options, signal.aborted)
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : tableOf(report, options.top))
  return signal.aborted ? INTERRUPTED : 0
}

async function speedUpOn(signal: AbortSignal, sample: Sample, options: Options): Promise<SpeedUp | undefined> {
  if (signal.aborted || !isComparable(sample, options.processes)) return undefined
  process.stderr.write(`measuring ${megabytes(sample.bytes)} MB again, for the speed-up\n`)
  try {
    return await measureSpeedUp(sample, { ...options, signal })
  } catch (error) {
    if (signal.aborted) return undefined
    throw error
  }
}

function complain(error: unknown, exitCode: number, advice = ''): number {
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(`weigh: ${message}\n${advice && `${advice}\n`}`)
  return exitCode
}

// Who reads the report may stop early (`| head`): that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})
process.exitCode = await main()
