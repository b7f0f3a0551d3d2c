import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { build as esbuild } from 'esbuild'
import { type Browser, chromium } from 'playwright'
import ts from 'typescript'
import { build as vite } from 'vite'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import webpack from 'webpack'
import { launchOptions } from '../../scripts/browser.mjs'
import { full, isPacked, place } from './installed.ts'

// The page of packages/browser/test-bundled, over the packages as they are installed.

const expected = {
  lengths: [1, 2, 4, 5, 7],
  measured: 5,
  exitCodes: [0, 0, 0],
  failed: 'RangeError: too far',
  nested: 144,
  passedOn: ['item', 'item'],
  isolated: false,
}

let browser: Browser
let app: string

beforeAll(async () => {
  if (!isPacked) return
  app = place('../../packages/browser/test-bundled/app', full)
  asJavaScript(app)
  browser = await chromium.launch(launchOptions())
})

afterAll(() => browser?.close())

describe.skipIf(!isPacked)('a page over the packages as they are installed', () => {
  test('works as Vite builds it', async () => {
    const outDir = join(full, 'by-vite')
    await vite({ root: app, configFile: false, logLevel: 'error', build: { outDir, emptyOutDir: true } })
    expect(await shown(outDir)).toEqual(expected)
  })

  test('works as esbuild builds it, which takes the scripts of workers as entries', async () => {
    const outdir = join(full, 'by-esbuild')
    const entryPoints = ['main.js', 'tasks.worker.js', 'leaves.worker.js'].map((file) => join(app, file))
    await esbuild({ entryPoints, outdir, bundle: true, format: 'esm', target: 'es2023', logLevel: 'error' })
    writePage(outdir)
    expect(await shown(outdir)).toEqual(expected)
  })

  test('works as webpack builds it', async () => {
    const path = join(full, 'by-webpack')
    await byWebpack({ mode: 'production', entry: join(app, 'main.js'), output: { path, filename: 'main.js' } })
    writePage(path)
    expect(await shown(path)).toEqual(expected)
  })
})

/** For bundlers that know no TypeScript. */
function asJavaScript(folder: string): void {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts'))) {
    const text = readFileSync(join(folder, file), 'utf8')
    const compilerOptions = {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    }
    const { outputText } = ts.transpileModule(text, { compilerOptions })
    const named = outputText.replaceAll('.worker.ts', '.worker.js')
    writeFileSync(join(folder, file.replace(/\.ts$/, '.js')), named)
  }
}

function writePage(folder: string): void {
  const page = readFileSync(join(app, 'index.html'), 'utf8').replace('main.ts', 'main.js')
  writeFileSync(join(folder, 'index.html'), page)
}

function byWebpack(options: webpack.Configuration): Promise<void> {
  return new Promise((resolve, reject) => {
    webpack({ ...options, performance: false }, (error, stats) => {
      if (error || stats?.hasErrors()) reject(error ?? new Error(stats?.toString({ all: false, errors: true })))
      else resolve()
    })
  })
}

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript' }

/** What the page shows that lies in a folder. */
async function shown(folder: string): Promise<unknown> {
  const server = createServer(({ url = '/' }, response) => {
    const path = url === '/' ? '/index.html' : url.replace(/\?.*$/, '')
    try {
      const content = readFileSync(join(folder, path))
      response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' }).end(content)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const page = await browser.newPage()
  onTestFinished(async () => {
    await page.close()
    server.close()
  })
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(String(error)))
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  const text = await page
    .locator('#result:not(:empty)')
    .textContent({ timeout: 60_000 })
    .catch((error) => expect.fail(`${errors.join('\n')}\n${error}`))
  return JSON.parse(text ?? '')
}
