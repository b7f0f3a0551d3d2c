import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Browser, chromium } from 'playwright'
import { build, createServer, preview } from 'vite'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { launchOptions } from '../../../scripts/browser.mjs'
import { AS_USERS_DO } from '../../node/test/docs/compiler-options.ts'
import { type Program, programsOf } from '../../node/test/docs/fences.ts'

const guide = new URL('../../../docs/browser.md', import.meta.url)
const programs = programsOf('browser.md', readFileSync(guide, 'utf8'))

// Inside the repository, so that a program finds the packages as a user's would.
const scratch = fileURLToPath(new URL('../.guides/', import.meta.url))
mkdirSync(scratch, { recursive: true })
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

let browser: Browser

beforeAll(async () => {
  browser = await chromium.launch(launchOptions())
})
afterAll(() => browser.close())

describe('the programs in the guide to browsers', () => {
  test('are there', () => expect(programs.filter(({ by }) => by === 'browser').length).toBeGreaterThanOrEqual(2))

  test.each(programs)('print what the guide says in the dev server: $title', async (program) => {
    const server = await createServer({ root: write(program), logLevel: 'error', server: { port: 0 } })
    onTestFinished(() => server.close())
    await server.listen()
    await expectOutput(server.resolvedUrls!.local[0]!, program.output)
  })

  test.each(programs)('print what the guide says as a production build: $title', async (program) => {
    const root = write(program)
    await build({ root, logLevel: 'error' })
    const server = await preview({ root, logLevel: 'error', preview: { port: 0 } })
    onTestFinished(() => server.close())
    await expectOutput(server.resolvedUrls!.local[0]!, program.output)
  })

  test('have types that hold', async () => {
    const folders = programs.map(write)
    writeFileSync(`${scratch}/tsconfig.json`, JSON.stringify(compilerOptions(folders)))
    const tsc = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url))
    const checked = await promisify(execFile)(process.execPath, [tsc, '-p', scratch]).catch((error) => error)
    expect(checked.stdout).toBe('')
  })
})

function write({ files }: Program): string {
  const folder = mkdtempSync(`${scratch}/program-`)
  for (const [name, text] of files) writeFileSync(`${folder}/${name}`, text)
  return folder
}

/** Waits until a page has written as much to its console as it should. */
async function expectOutput(url: string, output: string): Promise<void> {
  const page = await browser.newPage()
  page.setDefaultTimeout(100_000)
  onTestFinished(() => page.close())
  let printed = ''
  const told = new Promise<void>((resolve) => {
    page.on('console', (message) => {
      if (message.type() === 'log') printed += `${message.text()}\n`
      if (printed.length >= output.length) resolve()
    })
    page.on('pageerror', (error) => {
      printed += String(error)
      resolve()
    })
  })
  await page.goto(url)
  await told
  expect(printed).toBe(output)
}

function compilerOptions(folders: readonly string[]): object {
  return {
    extends: '../../../tsconfig.base.json',
    compilerOptions: {
      ...AS_USERS_DO,
      lib: ['es2023', 'esnext.disposable', 'dom', 'dom.iterable'],
      // Programs have files of the same name.
      moduleDetection: 'force',
      paths: { '@millrace/browser': ['../dist/index.d.ts'] },
    },
    include: folders.map((folder) => `${folder}/*.ts`),
  }
}
