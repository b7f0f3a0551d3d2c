import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { withoutFragment } from './links.ts'

export interface Options {
  /** Where to begin: a folder, which is served for the purpose, or a page. */
  site: { is: 'folder'; folder: string } | { is: 'url'; url: string }
  depth: number
  processes: number
  kind: 'process' | 'thread'
  perHost: number
  /** Milliseconds for a page, with all attempts. */
  timeout: number
  retries: number
  maxBytes: number
  maxPages: number
  /** Rows of the table. */
  top: number
  json: boolean
  help: boolean
}

export const HELP = `Crawls a site with a pool of workers and reports broken links, sizes and times.

  npm run crawl [-- DIR | URL] [options]

  DIR             a folder with HTML or Markdown, served while it is crawled (this clone, from its README on)
  URL             the page to start at: http://… or https://…

  --depth N       visit pages up to N links away from the start page (2)
  --processes N   how many workers (3)
  --kind KIND     what they are: process or thread (process)
  --per-host N    let N requests to one host be under way (6)
  --timeout N     give a page up after N milliseconds, repetitions included (10000)
  --retries N     repeat a request that failed N times, after longer and longer pauses (2)
  --max-size N    read N kilobytes of a page (5000)
  --max-pages N   visit no more than N pages (1000)
  --top N         show the N slowest pages (20)
  --json          print one JSON document instead of the table
  --help          print this

Links to other sites are looked at, but not followed. What robots.txt forbids is left out, and its Crawl-delay is kept.
Exit code: 0, or 1 if links are broken or nothing could be crawled, or 2 if the options make no sense. Ctrl-C prints what
was done so far.
`

/** Relative to this module: the folder that commands are given from may be any. */
const THIS_CLONE = fileURLToPath(new URL('../../..', import.meta.url))

/** Reads the command line; throws a `TypeError` that says what is wrong with it. */
export function readOptions(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      depth: { type: 'string', default: '2' },
      processes: { type: 'string', default: '3' },
      kind: { type: 'string', default: 'process' },
      'per-host': { type: 'string', default: '6' },
      timeout: { type: 'string', default: '10000' },
      retries: { type: 'string', default: '2' },
      'max-size': { type: 'string', default: '5000' },
      'max-pages': { type: 'string', default: '1000' },
      top: { type: 'string', default: '20' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (positionals.length > 1) throw new TypeError(`one site at a time, please: ${positionals.join(' ')}`)
  const whole = (name: Exclude<keyof typeof values, 'json' | 'help'>, least = 1) => count(name, values[name], least)
  return {
    site: siteOf(positionals[0] ?? THIS_CLONE),
    depth: whole('depth', 0),
    processes: whole('processes'),
    kind: kindOf(values.kind),
    perHost: whole('per-host'),
    timeout: whole('timeout'),
    retries: whole('retries', 0),
    maxBytes: whole('max-size') * 1e3,
    maxPages: whole('max-pages'),
    top: whole('top'),
    json: values.json,
    help: values.help,
  }
}

function siteOf(text: string): Options['site'] {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return { is: 'url', url: withoutFragment(url) }
  return { is: 'folder', folder: resolve(text) }
}

function kindOf(text: string): Options['kind'] {
  if (text === 'process' || text === 'thread') return text
  throw new TypeError(`--kind is process or thread: ${text}`)
}

function count(name: string, text: string, least: number): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= least) return value
  throw new TypeError(`--${name} takes a whole number from ${least} up: ${text}`)
}
