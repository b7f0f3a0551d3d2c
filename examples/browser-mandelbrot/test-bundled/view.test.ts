import { describe, expect, test } from 'vitest'
import { toNumber } from '../src/fixed-point.ts'
import { DEEPEST, describeSize, describe as describeView, HOME, limitFor, move, viewOf, zoom } from '../src/view.ts'

describe('zooming', () => {
  test('keeps the point where it is', () => {
    const view = zoom(HOME, 4, 0.8, -0.4)
    expect(view.size).toBe(HOME.size / 4)
    // It was 0.8 from the centre, and is a quarter of that now, for what is shown is four times smaller.
    expect(toNumber(HOME.re - view.re) + 0.8).toBeCloseTo(0.2, 12)
    expect(toNumber(HOME.im - view.im) - 0.4).toBeCloseTo(-0.1, 12)
  })

  test('in and out again leads back, from far down as well', () => {
    const start = viewOf('-0.5', '0.25', 1e-60)
    const steps = Array.from({ length: 20 }, (_, n) => 3e-61 / 4 ** n)
    let view = start
    for (const step of steps) view = zoom(view, 4, step, -step)
    expect(toNumber(view.re - start.re)).toBeCloseTo(3e-61, 66)
    for (const step of steps.reverse()) view = zoom(view, 1 / 4, step / 4, -step / 4)
    expect(view.size).toBe(1e-60)
    expect([toNumber(view.re - start.re), toNumber(view.im - start.im)]).toEqual([0, 0])
  })

  test('ends where doubles do, and where nothing more is to be seen', () => {
    expect(zoom({ ...HOME, size: DEEPEST * 2 }, 4).size).toBe(DEEPEST)
    expect(zoom(HOME, 1 / 4)).toEqual({ ...HOME, size: 4 })
  })
})

test('moving is exact, however deep', () => {
  const view = viewOf('0.3', '0', 1e-100)
  expect(toNumber(move(view, 2.5e-101, 0).re - view.re)).toBe(2.5e-101)
})

test('deeper pictures are computed for longer', () => {
  expect(limitFor({ ...HOME, size: 1e-30 })).toBeGreaterThan(limitFor({ ...HOME, size: 1e-10 }))
  expect(limitFor(HOME)).toBe(500)
})

test('a view is described with the digits that matter', () => {
  expect(describeView(viewOf('-0.7436438', '-0.125', 1e-3))).toBe('−0.743643 − 0.125000 i')
  expect([2.5, 0.625, 1e-5, 4e-30].map(describeSize)).toEqual(['2.5', '0.63', '1.0·10⁻⁵', '4.0·10⁻³⁰'])
})
