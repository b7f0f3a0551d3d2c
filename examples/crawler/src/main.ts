// Crawls a site with a pool of three workers, and reports what is broken:
//
//   from(frontier): what to visit next ──► forEach: the pool fetches, reads links ──► frontier ... ──► table or JSON

import { realpath, stat } from 'node:fs/promises'
import { crawl } from './crawl.ts'
import { INTERRUPTED, interruption } from './interrupt.ts'
import { HELP, type Options, readOptions } from './options.ts'
import { startProgress } from './progress.ts'
import { reportOf } from './report.ts'
import { serveFolder } from './site.ts'
import { tableOf } from './table.ts'

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
    return await visit(options)
  } catch (error) {
    return complain(error, FAILED)
  }
}

/** A folder becomes a site for as long as it is visited. */
async function visit(options: Options): Promise<number> {
  const { site } = options
  if (site.is === 'url') return run(options, site.url)
  await using served = await serveFolder(await existingFolder(site.folder))
  return await run(options, served.url)
}

async function existingFolder(folder: string): Promise<string> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    throw new Error(error.code === 'ENOENT' ? `no such folder: ${folder}` : error.message)
  })
  if (!found.isDirectory()) throw new Error(`not a folder: ${folder}`)
  return realpath(folder)
}

async function run(options: Options, start: string): Promise<number> {
  const signal = interruption()
  const progress = startProgress()
  const crawled = await crawl({ ...options, start, signal, onProgress: progress.show }).finally(progress.stop)
  const report = reportOf(crawled, start, options, signal.aborted)
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : tableOf(report, options.top))
  if (signal.aborted) return INTERRUPTED
  return report.broken.length > 0 ? FAILED : 0
}

function complain(error: unknown, exitCode: number, advice = ''): number {
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(`crawler: ${message}\n${advice && `${advice}\n`}`)
  return exitCode
}

// Who reads the report may stop early (`| head`): that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})
process.exitCode = await main()
