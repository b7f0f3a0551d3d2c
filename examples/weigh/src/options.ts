import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { cpuCount } from '@millrace/node'
import { BLOCK } from './batches.ts'
import { BROTLI_QUALITY, GZIP_LEVEL } from './measure.ts'

export interface Options {
  folder: string
  processes: number
  maxsize: number
  /** Rows of the table, packages in the JSON document; undefined: 20 rows, all packages. */
  top: number | undefined
  /** Bytes measured again for the speed-up. */
  sample: number
  json: boolean
  help: boolean
}

export const HELP = `Weighs a folder of dependencies: raw, gzip and brotli sizes of its packages.

  npm start [-- DIR] [options]       DIR: the folder (this clone's node_modules)

  --top N         show the N heaviest packages (20; with --json all)
  --processes N   measure in N processes (one per core: ${cpuCount()})
  --maxsize N     let N batches of files wait in the queue (4 per process)
  --sample N      measure N megabytes again, by one process and by all, for the speed-up (8; 0: do not)
  --json          print one JSON document instead of the table
  --help          print this

Each file is compressed by itself, with gzip at level ${GZIP_LEVEL} and brotli at quality ${BROTLI_QUALITY}, and in blocks of ${BLOCK / 2 ** 20} MiB if it is
larger than that. Symbolic links are not followed. 1 MB is 1,000,000 bytes. Ctrl-C prints what was done so far.
`

/** Relative to this module: the folder that commands are given from may be any. */
const OWN_DEPENDENCIES = fileURLToPath(new URL('../../../node_modules', import.meta.url))

/** Reads the command line; throws a `TypeError` that says what is wrong with it. */
export function readOptions(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      top: { type: 'string' },
      processes: { type: 'string' },
      maxsize: { type: 'string' },
      sample: { type: 'string', default: '8' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (positionals.length > 1) throw new TypeError(`one folder at a time, please: ${positionals.join(' ')}`)
  const processes = values.processes === undefined ? cpuCount() : count('processes', values.processes)
  return {
    folder: resolve(positionals[0] ?? OWN_DEPENDENCIES),
    processes,
    maxsize: values.maxsize === undefined ? 4 * processes : count('maxsize', values.maxsize),
    top: values.top === undefined ? undefined : count('top', values.top),
    sample: count('sample', values.sample, 0) * 1e6,
    json: values.json,
    help: values.help,
  }
}

function count(name: string, text: string, least = 1): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= least) return value
  throw new TypeError(`--${name} takes a whole number from ${least} up: ${text}`)
}
