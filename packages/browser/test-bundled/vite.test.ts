import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright'
import { build, createServer, type InlineConfig, preview } from 'vite'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { launchOptions } from '../../../scripts/browser.mjs'
import { isQuick } from '../../core/test/thorough.ts'

const ISOLATING = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }

const expected = {
  lengths: [1, 2, 4, 5, 7],
  measured: 5,
  exitCodes: [0, 0, 0],
  failed: 'RangeError: too far',
  nested: 144,
  passedOn: ['item', 'item'],
}

let browser: Browser

beforeAll(async () => {
  browser = await chromium.launch(launchOptions())
})

afterAll(() => browser.close())

describe.each([{ isolated: true, headers: ISOLATING }, ...(isQuick ? [] : [{ isolated: false, headers: {} }])])(
  'a page that Vite bundles, cross-origin isolated: $isolated',
  ({ isolated, headers }) => {
    test.skipIf(isQuick)('works in the dev server', async () => {
      expect(await shown(await serve(await config(), headers))).toEqual({ ...expected, isolated })
    })

    test('works as a production build', async () => {
      const built = await config()
      expect(await shown(await buildAndServe(built, headers))).toEqual({ ...expected, isolated })
      const emitted = await readdir(join(built.build.outDir, 'assets'))
      for (const worker of ['tasks', 'leaves'])
        expect(emitted.filter((name) => name.startsWith(`${worker}.worker`))).toHaveLength(1)
    })
  },
)

test.skipIf(isQuick)(
  'it works in the dev server with Millrace pre-bundled, as an installed dependency is',
  async () => {
    const served = await config()
    const optimizeDeps = { include: ['@millrace/browser'] }
    expect(await shown(await serve({ ...served, optimizeDeps }, {}))).toMatchObject(expected)
    expect(await readdir(join(served.cacheDir, 'deps'))).toContain('@millrace_browser.js')
  },
)

test.skipIf(isQuick)('it works as a production build whose workers are modules', async () => {
  const built = { ...(await config()), worker: { format: 'es' } } as const
  expect(await shown(await buildAndServe(built, {}))).toMatchObject(expected)
})

test('it can be imported in Node too, as it is when a page is rendered there', async () => {
  const { Queue, getAllStartMethods } = await import('@millrace/browser')
  const queue = new Queue<string>()
  await queue.put('item')
  expect([await queue.get(), getAllStartMethods()]).toEqual(['item', ['worker']])
})

type Headers = Record<string, string>

async function serve(served: InlineConfig, headers: Headers): Promise<string> {
  const server = await createServer({ ...served, server: { port: 0, headers } })
  onTestFinished(() => server.close())
  await server.listen()
  return server.resolvedUrls!.local[0]!
}

async function buildAndServe(built: InlineConfig, headers: Headers): Promise<string> {
  await build(built)
  const server = await preview({ ...built, preview: { port: 0, headers } })
  onTestFinished(() => server.close())
  return server.resolvedUrls!.local[0]!
}

/** The fixture, with folders of its own for what is cached and what is built. */
async function config() {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-vite-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return {
    root: fileURLToPath(new URL('app', import.meta.url)),
    configFile: false,
    logLevel: 'error',
    cacheDir: join(folder, 'cache'),
    build: { outDir: join(folder, 'built'), emptyOutDir: true },
  } satisfies InlineConfig
}

/** What the page shows when it is done; rejects with what went wrong in it, if it never is. */
async function shown(url: string): Promise<unknown> {
  const page = await browser.newPage()
  onTestFinished(() => page.close())
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(String(error)))
  await page.goto(url)
  const result = page.locator('#result:not(:empty)')
  const text = await result
    .textContent({ timeout: 90_000 })
    .catch((error) => expect.fail(`${errors.join('\n')}\n${error}`))
  return JSON.parse(text ?? '')
}
