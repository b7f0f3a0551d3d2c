import type { Page } from 'playwright'
import { expect, test } from 'vitest'
import type { Escape, Scene } from '../src/mandelbrot.ts'
import { escapeOf } from '../src/mandelbrot.ts'
import { offsetOf } from '../src/paint.ts'
import { colourOf } from '../src/palette.ts'
import { PLACES } from '../src/places.ts'
import { referenceOrbit } from '../src/reference-orbit.ts'
import { tilesOf } from '../src/tiles.ts'
import { limitFor, type View, zoom } from '../src/view.ts'
import { exactEscape } from './exact.ts'
import {
  coloursAt,
  openPage,
  type Shown,
  serveTheBuild,
  sizeOf,
  takeShown,
  untilDone,
  untilState,
} from './open-page.ts'

const MAXSIZE = 16

serveTheBuild()

test('a picture is completed, and its pixels are those of the exact computation', async () => {
  const page = await openPage()
  await go(page, 'Rosette')
  await untilState(page, 'complete')
  await expectWhole(page)
  const all = await takeShown(page)
  for (const counts of all) expectSound(counts, MAXSIZE)
  expect(all.some(({ waiting }) => waiting === MAXSIZE)).toBe(true)
  await expectPixels(page, viewOf('Rosette'), { exactly: true })
})

test('workers come and go while it is painted: 1, 4, 2; every tile is painted once', async () => {
  const page = await openPage()
  await page.fill('#workers', '1')
  await go(page, 'Island in the sun')
  await untilDone(page, 3)
  await takeShown(page)
  await page.fill('#workers', '4')
  await page.waitForFunction(() => document.getElementById('running')!.textContent === '4')
  await untilDone(page, 12)
  await page.fill('#workers', '2')
  await page.waitForFunction(() => document.getElementById('running')!.textContent === '2')
  await untilState(page, 'complete')
  await expectWhole(page)
  // Two were terminated, each with a tile that went back to the front.
  for (const counts of await takeShown(page)) expectSound(counts, MAXSIZE + 2)
  await expectPixels(page, viewOf('Island in the sun'))
})

test('a killed worker is replaced, and its tile painted by another', async () => {
  const page = await openPage()
  await page.fill('#workers', '1')
  await go(page, 'Island in the sun')
  for (const count of [2, 5]) {
    await untilDone(page, count)
    await page.click('#kill')
  }
  await page.waitForFunction(() => Number(document.getElementById('again')!.textContent) > 0)
  await page.fill('#workers', '3')
  await untilState(page, 'complete')
  await expectWhole(page)
  for (const counts of await takeShown(page)) expectSound(counts, MAXSIZE + 2)
  await expectPixels(page, viewOf('Island in the sun'))
})

test('cancelled, it stops at once; restarted, it is completed', async () => {
  const page = await openPage()
  await page.fill('#workers', '1')
  await go(page, 'Island in the sun')
  await untilDone(page, 3)
  await page.click('#cancel')
  await untilState(page, 'cancelled')
  const { total, ...counts } = (await takeShown(page)).at(-1)!
  expect(counts).toEqual({ waiting: 0, taken: 0, done: counts.done, running: 0 })
  expect(counts.done).toBeLessThan(total)
  expect(page.workers()).toEqual([])
  await nextFrames(page)
  expect(await takeShown(page)).toEqual([])
  await page.fill('#workers', '3')
  await page.click('#restart')
  await untilState(page, 'painting')
  await untilState(page, 'complete')
  await expectWhole(page)
  await expectPixels(page, viewOf('Island in the sun'))
})

test('a click goes four times deeper around its point, keys and buttons lead back', async () => {
  const page = await openPage()
  await page.click('#reset')
  const home = PLACES[0]!.view
  await shows(page, '2.5')
  const { width, height } = await sizeOf(page)
  const { re, im } = offsetOf({ width, height, spacing: home.size / Math.min(width, height) }, 99.5, 199.5)
  await page.click('canvas', { position: { x: 100, y: 200 } })
  await shows(page, '0.63')
  await expectWhole(page)
  await expectPixels(page, zoom(home, 4, re, im))
  await page.focus('canvas')
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('-')
  await shows(page, '2.5')
  await page.click('#in')
  await shows(page, '0.63')
  await page.click('#reset')
  await shows(page, '2.5')
  await expectPixels(page, home, { exactly: true })
})

const viewOf = (name: string) => PLACES.find((place) => place.name.startsWith(name))!.view

async function go(page: Page, name: string): Promise<void> {
  const label = PLACES.find((place) => place.name.startsWith(name))!.name
  await page.selectOption('#place', { label })
  await untilState(page, 'painting')
}

/** A picture of this size is complete. */
async function shows(page: Page, size: string): Promise<void> {
  await page.waitForFunction(
    (text) =>
      document.getElementById('size')!.textContent === text &&
      document.querySelector('main')!.dataset['state'] === 'complete',
    size,
  )
}

function nextFrames(page: Page): Promise<void> {
  return page.evaluate(async () => {
    for (let n = 0; n < 5; n++) await new Promise(requestAnimationFrame)
  })
}

/** Every tile is in one place, and no more wait than may. */
function expectSound({ total, waiting, taken, done, running }: Shown, atMost: number): void {
  expect(waiting).toBeLessThanOrEqual(atMost)
  expect(Math.min(waiting, taken, done, running)).toBeGreaterThanOrEqual(0)
  expect(waiting + taken + done).toBeLessThanOrEqual(total)
  // Those that workers have in hand, and results that wait for the page.
  expect(taken).toBeLessThanOrEqual(8 + MAXSIZE)
}

async function expectWhole(page: Page): Promise<void> {
  const { width, height } = await sizeOf(page)
  const total = tilesOf(width, height).length
  expect(total).toBeGreaterThan(2 * MAXSIZE)
  const progress = page.locator('progress')
  expect(await progress.evaluate(({ value, max }: HTMLProgressElement) => ({ value, max }))).toEqual({
    value: total,
    max: total,
  })
  expect((await page.evaluate(() => globalThis.shown)).at(-1)).toEqual({
    total,
    waiting: 0,
    taken: 0,
    done: total,
    running: 0,
  })
  expect(page.workers()).toEqual([])
}

/** One pixel of every tile has the colour that is computed here; the exact way takes long, and does with a few. */
async function expectPixels(page: Page, view: View, { exactly = false } = {}): Promise<void> {
  const { width, height } = await sizeOf(page)
  const limit = limitFor(view)
  const scene: Scene = { orbit: referenceOrbit(view, limit), limit, spacing: view.size / Math.min(width, height) }
  const tiles = tilesOf(width, height)
  const escapeAt = (dRe: number, dIm: number): Escape | undefined =>
    exactly ? exactEscape(view, dRe, dIm, scene) : escapeOf(scene, dRe, dIm)
  const points = tiles
    .filter(({ id }) => !exactly || id % 8 === 0)
    .map((tile) => [tile.x + (tile.width >> 1), tile.y + (tile.height >> 1)] as const)
  const wanted = points.map(([x, y]) => {
    const { re, im } = offsetOf({ ...scene, width, height }, x, y)
    return colourOf(escapeAt(re, im))
  })
  const found = await coloursAt(page, points)
  for (const [at, colour] of wanted.entries())
    for (const [part, value] of colour.entries())
      expect(Math.abs(found[at]![part]! - value), `${found[at]} at ${points[at]}, not ${colour}`).toBeLessThan(2)
}
