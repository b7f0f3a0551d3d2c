// The Mandelbrot set, painted by Web Workers that take its tiles from a bounded queue. This file ties the controls of the
// page to the studio; the way of a tile is in render-job.ts.

import './style.css'
import { cpuCount } from '@millrace/browser'
import { Easel } from './easel.ts'
import { display, furnish, page } from './page.ts'
import { FIRST, PLACES } from './places.ts'
import { STEP, Studio } from './studio.ts'

/** A window that is being resized is done with it after so many milliseconds. */
const SETTLED_MS = 200
/** How much of the picture an arrow key moves. */
const PAN = 1 / 4

const workers = Math.min(cpuCount(), Number(page.workers.max))
furnish(FIRST, workers)
const easel = new Easel(page.canvas)
const studio = new Studio(easel, display, PLACES[FIRST]!.view, workers)

const actions: Record<string, () => Promise<void>> = {
  in: () => studio.zoom(STEP),
  out: () => studio.zoom(1 / STEP),
  reset: () => studio.goTo(),
  restart: () => {
    easel.clear()
    return studio.restart()
  },
  cancel: () => studio.cancel(),
  kill: () => studio.killOne(),
}
for (const [name, act] of Object.entries(actions)) page.button(name).addEventListener('click', () => void act())

page.place.addEventListener('change', () => void studio.goTo(PLACES[Number(page.place.value)]!.view))

page.workers.addEventListener('input', () => {
  page.wanted.value = page.workers.value
  void studio.resize(Number(page.workers.value))
})

page.canvas.addEventListener('click', (event) => {
  const { x, y } = easel.pointOf(event)
  void studio.zoom(event.shiftKey ? 1 / STEP : STEP, x, y)
})

const keys: Record<string, () => Promise<void>> = {
  '+': () => studio.zoom(STEP),
  '=': () => studio.zoom(STEP),
  Enter: () => studio.zoom(STEP),
  '-': () => studio.zoom(1 / STEP),
  ArrowLeft: () => studio.pan(-PAN, 0),
  ArrowRight: () => studio.pan(PAN, 0),
  ArrowUp: () => studio.pan(0, -PAN),
  ArrowDown: () => studio.pan(0, PAN),
}
page.canvas.addEventListener('keydown', (event) => {
  const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key]
  if (act === undefined) return
  event.preventDefault()
  void act()
})

let settling: ReturnType<typeof setTimeout> | undefined
new ResizeObserver(() => {
  clearTimeout(settling)
  settling = setTimeout(() => easel.fit() && studio.restart(), SETTLED_MS)
}).observe(page.canvas)
easel.fit()
void studio.restart()
