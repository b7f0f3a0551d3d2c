import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright'
import { build, preview } from 'vite'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'
import { launchOptions } from '../../../scripts/browser.mjs'

/** What the page has shown at one instant. */
export interface Shown {
  readonly total: number
  readonly waiting: number
  readonly taken: number
  readonly done: number
  readonly running: number
}

declare global {
  var shown: Shown[]
}

let browser: Browser
let url: string

/** Builds the page as it would be deployed, and serves that, for the tests of a file. */
export function serveTheBuild(): void {
  beforeAll(async () => {
    browser = await chromium.launch(launchOptions())
    const outDir = await mkdtemp(join(tmpdir(), 'millrace-mandelbrot-'))
    const config = {
      root: fileURLToPath(new URL('..', import.meta.url)),
      logLevel: 'error',
      build: { outDir, emptyOutDir: true },
    } as const
    await build(config)
    const server = await preview({ ...config, preview: { port: 0 } })
    url = server.resolvedUrls!.local[0]!
    return async () => {
      await server.close()
      await rm(outDir, { recursive: true })
    }
  })
  afterAll(() => browser.close())
}

/** Opens the page; the test fails if it ever complains. */
export async function openPage(): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 900, height: 640 } })
  page.setDefaultTimeout(100_000)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => complaints.push(message.text()))
  await page.addInitScript(recordWhatIsShown)
  await page.goto(url)
  onTestFinished(async () => {
    await page.close()
    expect(complaints).toEqual([])
  })
  return page
}

/** In the page: all counts change together, and are read after each change. */
function recordWhatIsShown(): void {
  globalThis.shown = []
  const read = (id: string) => Number(document.getElementById(id)!.textContent)
  const record = () =>
    globalThis.shown.push({
      total: read('total'),
      waiting: read('waiting'),
      taken: read('taken'),
      done: read('done'),
      running: read('running'),
    })
  document.addEventListener('DOMContentLoaded', () =>
    new MutationObserver(record).observe(document.querySelector('dl')!, { subtree: true, childList: true }),
  )
}

/** Everything that was shown since it was last asked. */
export function takeShown(page: Page): Promise<Shown[]> {
  return page.evaluate(() => globalThis.shown.splice(0))
}

/** Waits until so many tiles are done, while it is being painted. */
export async function untilDone(page: Page, count: number): Promise<void> {
  await page.waitForFunction(
    (least) =>
      document.querySelector('main')!.dataset['state'] === 'painting' &&
      Number(document.getElementById('done')!.textContent) >= least,
    count,
  )
}

export async function untilState(page: Page, state: string): Promise<void> {
  await page.waitForSelector(`main[data-state=${state}]`)
}

/** Red, green and blue of these points of the canvas. */
export function coloursAt(page: Page, points: ReadonlyArray<readonly [x: number, y: number]>): Promise<number[][]> {
  return page.locator('canvas').evaluate((canvas: HTMLCanvasElement, points) => {
    const { width, height } = canvas
    // A copy, for a canvas that is read is no longer drawn to as fast.
    const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!
    copy.drawImage(canvas, 0, 0)
    const { data } = copy.getImageData(0, 0, width, height)
    return points.map(([x, y]) => [...data.slice(4 * (y * width + x), 4 * (y * width + x) + 3)])
  }, points)
}

export function sizeOf(page: Page): Promise<{ width: number; height: number }> {
  return page.locator('canvas').evaluate(({ width, height }: HTMLCanvasElement) => ({ width, height }))
}
