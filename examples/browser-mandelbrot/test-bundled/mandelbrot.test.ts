import { describe, expect, test } from 'vitest'
import { type Escape, escapeOf, type Scene } from '../src/mandelbrot.ts'
import { offsetOf } from '../src/paint.ts'
import { PLACES } from '../src/places.ts'
import { referenceOrbit } from '../src/reference-orbit.ts'
import { limitFor, move, type View, viewOf } from '../src/view.ts'
import { exactEscape } from './exact.ts'

/** A small picture: so many pixels either way. */
const SIDE = 5

/** What the fast way and the exact one make of each pixel of a small picture. */
function bothWays(view: View): Array<{ fast: Escape | undefined; exact: Escape | undefined }> {
  const limit = limitFor(view)
  const scene: Scene = { orbit: referenceOrbit(view, limit), limit, spacing: view.size / SIDE }
  return Array.from({ length: SIDE ** 2 }, (_, n) => {
    const { re, im } = offsetOf({ ...scene, width: SIDE, height: SIDE }, n % SIDE, Math.floor(n / SIDE))
    return { fast: escapeOf(scene, re, im), exact: exactEscape(view, re, im, scene) }
  })
}

function expectAlike(pairs: ReturnType<typeof bothWays>): void {
  for (const { fast, exact } of pairs) {
    expect(fast === undefined).toBe(exact === undefined)
    if (fast === undefined || exact === undefined) continue
    expect(fast.steps).toBeCloseTo(exact.steps, 3)
    expect(fast.distance / exact.distance).toBeCloseTo(1, 3)
  }
}

describe('a point escapes as the exact computation says', () => {
  test.each(PLACES)('in $name', ({ view }) => {
    const pairs = bothWays(view)
    expectAlike(pairs)
    expect(pairs.some(({ exact }) => exact !== undefined)).toBe(true)
  })

  test('although the reference escapes long before', () => {
    const view = viewOf('-0.4', '0.75', 0.5)
    expect(referenceOrbit(view, limitFor(view)).length / 2).toBeLessThan(20)
    expectAlike(bothWays(view))
  })

  test('although the reference runs past the island that fills the picture, where only rebasing helps', () => {
    const { view } = PLACES.find(({ name }) => name.startsWith('Island in the sun'))!
    const beside = move(view, -0.4 * view.size, 0.1 * view.size)
    expect(referenceOrbit(beside, limitFor(beside)).length / 2).toBeLessThan(limitFor(beside) / 2)
    expectAlike(bothWays(beside))
  })

  test('a thousand times deeper than the island at 4·10⁻³⁰, where all of it is in the set', () => {
    const { view } = PLACES.find(({ name }) => name.startsWith('Island in the sun'))!
    expect(bothWays({ ...view, size: 1e-33 })).toEqual(Array(SIDE ** 2).fill({ fast: undefined, exact: undefined }))
  })
})

test('neighbours a fraction of a step apart get colours without edges', () => {
  const view = viewOf('-0.65', '0', 2.5)
  const scene = { orbit: referenceOrbit(view, 500), limit: 500, spacing: 1e-3 }
  const steps = Array.from({ length: 400 }, (_, n) => escapeOf(scene, 1.2 + n * 1e-3, 0.4)!.steps)
  for (let n = 1; n < steps.length; n++) expect(Math.abs(steps[n]! - steps[n - 1]!)).toBeLessThan(0.05)
})
