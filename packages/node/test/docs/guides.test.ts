import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { isQuick } from '../../../core/test/thorough.ts'
import { AS_USERS_DO } from './compiler-options.ts'
import { type Program, programsOf } from './fences.ts'

const root = new URL('../../../../', import.meta.url)
const guides = [
  'README.md',
  'packages/node/README.md',
  ...readdirSync(new URL('docs/', root)).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
]
const programs = guides
  .filter((guide) => !isQuick || !guide.startsWith('docs/'))
  .flatMap((guide) => programsOf(guide, readFileSync(new URL(guide, root), 'utf8')))
  .filter(({ by }) => by !== 'browser')

// Inside the repository, so that a program finds the packages and tsx as a user's would.
const scratch = fileURLToPath(new URL('../../.guides/', import.meta.url))
mkdirSync(scratch, { recursive: true })
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe('the programs in the guides', () => {
  it('are there', () => expect(programs.length).toBeGreaterThanOrEqual(3))

  for (const program of programs.filter(({ by }) => by === 'node'))
    it(`print what the guide says: ${program.title}`, async () => {
      expect(await run(program)).toBe(program.output)
    })

  for (const pool of ['forks', 'threads'])
    for (const program of programs.filter(({ by }) => by === 'vitest'))
      it(`are tests that pass in the ${pool} of vitest: ${program.title}`, async () => {
        expect(await runTests(program, pool)).toBe(program.output)
      })

  it.skipIf(isQuick)('have types that hold', async () => {
    const folders = programs.map(write)
    writeFileSync(`${scratch}/tsconfig.json`, JSON.stringify(compilerOptions(folders)))
    const tsc = fileURLToPath(new URL('node_modules/typescript/bin/tsc', root))
    const checked = await promisify(execFile)(process.execPath, [tsc, '-p', scratch]).catch((error) => error)
    expect(checked.stdout).toBe('')
  })
})

async function run(program: Program): Promise<string> {
  const main = `${write(program)}/main.ts`
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', main], {
    cwd: fileURLToPath(root),
    timeout: 110_000,
  })
  return stdout
}

/** What became of each test, a line each. */
async function runTests(program: Program, pool: string): Promise<string> {
  const folder = write(program)
  writeFileSync(`${folder}/vitest.config.mjs`, 'export default {}')
  const vitest = fileURLToPath(new URL('node_modules/vitest/vitest.mjs', root))
  const args = [vitest, 'run', '--root', folder, '--pool', pool, '--reporter', 'json', '--testTimeout', '100000']
  const ran = await promisify(execFile)(process.execPath, args, { timeout: 110_000 }).catch((error) => error)
  const { testResults } = JSON.parse(ran.stdout) as { testResults: { assertionResults: TestResult[] }[] }
  const results = testResults.flatMap(({ assertionResults }) => assertionResults)
  return results
    .map(({ status, title, failureMessages }) => `${[status, ...failureMessages].join(' ')}: ${title}\n`)
    .join('')
}

interface TestResult {
  readonly status: string
  readonly title: string
  readonly failureMessages: readonly string[]
}

function write({ files }: Program): string {
  const folder = mkdtempSync(`${scratch}/program-`)
  for (const [name, text] of files) writeFileSync(`${folder}/${name}`, text)
  return folder
}

function compilerOptions(folders: readonly string[]): object {
  return {
    extends: '../../../tsconfig.base.json',
    compilerOptions: {
      ...AS_USERS_DO,
      types: ['node'],
      // Programs of different guides have files of the same name.
      moduleDetection: 'force',
      paths: {
        '@millrace/node': ['../dist/index.d.ts'],
        '@millrace/node/effect': ['../dist/effect.d.ts'],
        '@millrace/node/effect/contract': ['../dist/effect-contract.d.ts'],
        '@millrace/node/futures': ['../dist/futures.d.ts'],
        '@millrace/node/rxjs': ['../dist/rxjs.d.ts'],
      },
    },
    include: folders.map((folder) => `${folder}/*.ts`),
  }
}
