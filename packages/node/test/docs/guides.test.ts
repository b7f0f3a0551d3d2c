import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { type Program, programsOf } from './fences.ts'

const root = new URL('../../../../', import.meta.url)
const guides = ['README.md', ...readdirSync(new URL('docs/', root)).map((name) => `docs/${name}`)]
const programs = guides.flatMap((guide) => programsOf(guide, readFileSync(new URL(guide, root), 'utf8')))

// Inside the repository, so that a program finds the packages and tsx as a user's would.
const scratch = fileURLToPath(new URL('../../.guides/', import.meta.url))
mkdirSync(scratch, { recursive: true })
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe('the programs in the guides', () => {
  it('are there', () => expect(programs.length).toBeGreaterThanOrEqual(5))

  for (const program of programs) {
    it(`print what the guide says: ${program.title}`, async () => {
      expect(await run(program)).toBe(program.output)
    })
  }

  it('have types that hold', async () => {
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
    timeout: 50_000,
  })
  return stdout
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
      noEmit: true,
      allowImportingTsExtensions: true,
      rewriteRelativeImportExtensions: false,
      composite: false,
      incremental: false,
      types: ['node'],
      // Programs of different guides have files of the same name.
      moduleDetection: 'force',
      paths: { '@millrace/node': ['../dist/index.d.ts'], '@millrace/node/futures': ['../dist/futures.d.ts'] },
    },
    include: folders.map((folder) => `${folder}/*.ts`),
  }
}
