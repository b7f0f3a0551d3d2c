import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { protocolPage } from '../../../../scripts/docs/protocol.mjs'
import * as Futures from '../../src/futures.ts'
import * as Millrace from '../../src/index.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const read = (path: string) => readFileSync(`${root}${path}`, 'utf8')

/** What TypeScript knows of a package that the benchmarks install. */
function declarationsOf(name: string): string {
  const folder = `bench/node_modules/${name}`
  const files = readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
  return files
    .filter((file) => /(?<!embeddedWorker)\.d\.ts$|^src\/worker\.js$/.test(file))
    .map((file) => read(`${folder}/${file}`))
    .join('\n')
}

/** The code in a column of the tables of a section, or of a whole guide. */
function codeIn(markdown: string, column: number): string[] {
  const rows = markdown.split('\n').filter((line) => line.startsWith('|') && !/^\|[ |-]+$/.test(line))
  return rows
    .slice(1)
    .flatMap((row) => [...(row.split(/(?<!\\)\|/)[column] ?? '').matchAll(/`([^`]+)`/g)].map(([, code = '']) => code))
}

const sectionOf = (markdown: string, heading: string) =>
  markdown.split(/^## /m).find((part) => part.startsWith(heading))!

/** What is no name of theirs: JavaScript, and what the examples call their own. */
const OURS = /^(new|await|const|function|pool|run|task|name|script|promise|add|args|event|true|export)$/

describe('the guide for those who come from other libraries', () => {
  const guide = read('docs/coming-from-workers.md')

  it.each(['piscina', 'workerpool'])('names what %s really has', (library) => {
    const known = declarationsOf(library)
    const names = codeIn(sectionOf(guide, library), 1).flatMap((code) => code.match(/[A-Za-z]\w*/g) ?? [])
    const unknown = names.filter((name) => !OURS.test(name) && !new RegExp(`\\b${name}\\b`).test(known))
    expect(names.length).toBeGreaterThan(15)
    expect(unknown).toEqual([])
  })
})

describe('the wire protocol', () => {
  it('is described as in its source; if not, run scripts/docs/protocol.mjs', () => {
    const page = read('docs/protocol.md')
    expect(page).toBe(protocolPage(page))
    expect(page).toMatch(/\| 31 \| BYE \|/)
  })
})

describe('the map of the code', () => {
  const page = read('docs/architecture.md')
  const packages = ['core', 'node', 'browser'].map((name) => `packages/${name}/src`)

  it('names files that are there', () => {
    const named = [...page.matchAll(/`([\w/-]+\.ts)`/g)].map(([, file = '']) => file)
    expect(named.length).toBeGreaterThan(40)
    const isThere = (file: string) => packages.some((folder) => existsSync(`${root}${folder}/${file}`))
    expect(named.filter((file) => !isThere(file))).toEqual([])
  })

  it('names every folder of the sources', () => {
    const folders = packages.flatMap((folder) =>
      readdirSync(`${root}${folder}`, { withFileTypes: true }).flatMap((entry) =>
        entry.isDirectory() ? [entry.name] : [],
      ),
    )
    expect(folders.filter((folder) => !page.includes(`\`${folder}/`))).toEqual([])
  })
})

describe('the guides for those who come from elsewhere', () => {
  it.each(['coming-from-workers', 'coming-from-python'])(
    'name classes and functions that Millrace has: %s',
    (guide) => {
      const named = codeIn(read(`docs/${guide}.md`), 2).flatMap((code) => [
        ...[...code.matchAll(/new ([A-Z]\w+)/g)].map(([, name = '']) => name),
        ...[...code.matchAll(/(?<![.\w])([a-z]\w+)\(/g)].map(([, name = '']) => name),
      ])
      const known = new Set([...Object.keys(Millrace), ...Object.keys(Futures), ...ELSEWHERE])
      expect(named.length).toBeGreaterThan(10)
      expect(named.filter((name) => !known.has(name))).toEqual([])
    },
  )
})

/**
 * The public names of Python 3.11's `multiprocessing`, and what its objects can do, as its documentation and `dir()` have
 * them.
 */
const PYTHON: Readonly<Record<string, string>> = {
  multiprocessing: `Array AuthenticationError Barrier BoundedSemaphore BufferTooShort Condition Event JoinableQueue Lock Manager
    Pipe Pool Process ProcessError Queue RLock RawArray RawValue Semaphore SimpleQueue TimeoutError Value active_children
    allow_connection_pickling cpu_count current_process freeze_support get_all_start_methods get_context get_logger
    get_start_method log_to_stderr parent_process reducer set_executable set_forkserver_preload set_start_method`,
  Process: 'authkey close daemon exitcode ident is_alive join kill name pid run sentinel start terminate',
  queues: `cancel_join_thread close empty full get get_nowait join_thread put put_nowait qsize join task_done`,
  connection: `Client Listener Pipe wait close closed fileno poll readable recv recv_bytes recv_bytes_into send send_bytes
    writable accept address last_accepted`,
  synchronize: `acquire release get_value notify notify_all wait wait_for clear is_set set abort broken n_waiting parties reset`,
  sharedctypes: 'RawValue RawArray Value Array copy synchronized get_lock get_obj value',
  shared_memory: 'SharedMemory ShareableList buf close name size unlink count format index',
  managers: `BaseManager SyncManager BaseProxy Token SharedMemoryManager address connect get_server join register start shutdown
    dict list Namespace clear copy get items keys pop popitem setdefault update values append count extend index insert remove
    reverse sort`,
  pool: `Pool ThreadPool apply apply_async close imap imap_unordered join map map_async starmap starmap_async terminate get ready
    successful wait next`,
  'concurrent.futures': `ProcessPoolExecutor ThreadPoolExecutor wait as_completed submit map shutdown cancel cancelled running
    done result exception add_done_callback set_running_or_notify_cancel set_result set_exception FIRST_COMPLETED`,
}

describe('the guide for those who come from Python', () => {
  const named = codeIn(read('docs/coming-from-python.md'), 1).join(' ')

  it.each(Object.entries(PYTHON))('has every name of %s', (_, names) => {
    const missing = names.split(/\s+/).filter((name) => !new RegExp(`\\b${name}\\b`).test(named))
    expect(missing).toEqual([])
  })
})

/** Methods that tables name without what they belong to, browser names, and JavaScript itself. */
const ELSEWHERE = [
  ...['Worker', 'URL', 'expose', 'windowPort', 'import', 'from'],
  ...['apply', 'map', 'imap', 'put', 'send', 'close', 'join', 'terminate', 'kill', 'taskDone'],
]
