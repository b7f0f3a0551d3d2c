import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as Futures from '../../src/futures.ts'
import * as Millrace from '../../src/index.ts'
import { AS_USERS_DO } from './compiler-options.ts'
import { examplesOf, TASKS } from './docstrings.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const core = `${root}packages/core/src/`
const scratch = fileURLToPath(new URL('../../.examples/', import.meta.url))

/** Those that have vocabularies of their own have tests of their own. */
const files = readdirSync(core, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && !/^(rxjs|effect)\b/.test(file),
)
const names = {
  main: ['@millrace/node', new Set(Object.keys(Millrace))] as const,
  futures: ['@millrace/node/futures', new Set(Object.keys(Futures))] as const,
}
const examples = files.flatMap((file) => {
  const exported = file.startsWith('futures/') ? [names.futures, names.main] : [names.main, names.futures]
  return examplesOf(file, readFileSync(core + file, 'utf8'), new Map(exported))
})

/** What everybody begins with has an example. */
const MAIN = `Process Queue JoinableQueue SimpleQueue Pipe Connection Lock RLock Semaphore BoundedSemaphore SharedEvent Condition
  Barrier SharedValue SharedArray SharedStruct SharedMemory ShareableList SharedMemoryManager Manager SharedMap SharedList
  Namespace Pool AsyncResult currentTask taskModule registerClass wait copy ProcessPoolExecutor Future asCompleted`

interface Ran {
  readonly output: string
  readonly error: string | null
}
let ran: readonly Ran[]

describe('the examples in docstrings', () => {
  beforeAll(async () => {
    rmSync(scratch, { recursive: true, force: true })
    mkdirSync(scratch)
    writeFileSync(`${scratch}tasks.ts`, TASKS)
    examples.forEach(({ main }, i) => void writeFileSync(`${scratch}example-${i}.ts`, main))
    writeFileSync(`${scratch}run.mjs`, RUNNER)
    writeFileSync(`${scratch}tsconfig.json`, JSON.stringify(COMPILER_OPTIONS))
    const args = ['--import', 'tsx', `${scratch}run.mjs`, String(examples.length)]
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, timeout: 230_000 })
    ran = JSON.parse(stdout)
  }, 240_000)
  afterAll(() => rmSync(scratch, { recursive: true, force: true }))

  it.each(MAIN.split(/\s+/))('are there for %s', (name) => {
    const declares = new RegExp(`\\b(?:class|function) ${name}\\b`)
    expect(examples.filter(({ title }) => declares.test(title))).not.toEqual([])
  })

  it.each(examples.map(({ title }, i) => [title, i] as const))('run, and print what they say: %s', (_, i) => {
    const { output, error } = ran[i]!
    expect({ output, error }).toEqual({ output: examples[i]!.output ?? output, error: null })
  })

  it('say what they print, most of them', () => {
    expect(examples.filter(({ output }) => output !== undefined).length).toBeGreaterThan(20)
  })

  it('have types that hold', async () => {
    const tsc = `${root}node_modules/typescript/bin/tsc`
    const checked = await promisify(execFile)(process.execPath, [tsc, '-p', scratch]).catch((error) => error)
    expect(checked.stdout).toBe('')
  })
})

/** Runs one after the other, and tells what each printed. */
const RUNNER = `
import { format } from 'node:util'
const print = console.log
const ran = []
for (let i = 0; i < Number(process.argv[2]); i++) {
  const lines = []
  console.log = (...values) => void lines.push(format(...values))
  const late = new Promise((_, reject) => setTimeout(reject, 20_000, new Error('it does not end')).unref())
  const error = await Promise.race([import(\`./example-\${i}.ts\`), late]).then(() => null, (error) => error.stack ?? String(error))
  ran.push({ output: lines.join(', '), error })
}
print(JSON.stringify(ran))
process.exit()
`

const COMPILER_OPTIONS = {
  extends: '../../../tsconfig.base.json',
  compilerOptions: {
    ...AS_USERS_DO,
    types: ['node'],
    paths: { '@millrace/node': ['../dist/index.d.ts'], '@millrace/node/futures': ['../dist/futures.d.ts'] },
  },
  include: ['*.ts'],
}
