import { BITS, fromNumber, toNumber, withBits } from '../src/fixed-point.ts'
import { type Escape, escapeAt } from '../src/mandelbrot.ts'
import { ESCAPE_RADIUS } from '../src/reference-orbit.ts'
import type { View } from '../src/view.ts'

/** Far more binary places than are needed at any depth. */
const PLACES = BITS
const ONE = 1n << BigInt(PLACES)
const times = (a: bigint, b: bigint) => (a * b) >> BigInt(PLACES)

/** How the point at (`dRe`, `dIm`) from the centre escapes, by the definition: slow, and without any trick. */
export function exactEscape(
  view: View,
  dRe: number,
  dIm: number,
  { limit, spacing }: { limit: number; spacing: number },
): Escape | undefined {
  const cRe = withBits(view.re, BITS, PLACES) + fromNumber(dRe, PLACES)
  const cIm = withBits(view.im, BITS, PLACES) + fromNumber(dIm, PLACES)
  let [re, im, slopeRe, slopeIm] = [0n, 0n, 0n, 0n]
  for (let step = 1; step <= limit; step++) {
    const slope = 2n * (times(re, slopeRe) - times(im, slopeIm)) + ONE
    slopeIm = 2n * (times(re, slopeIm) + times(im, slopeRe))
    slopeRe = slope
    const next = times(re, re) - times(im, im) + cRe
    im = 2n * times(re, im) + cIm
    re = next
    const radius = Math.hypot(toNumber(re, PLACES), toNumber(im, PLACES))
    if (radius <= ESCAPE_RADIUS) continue
    return escapeAt(step, radius, Math.hypot(toNumber(slopeRe, PLACES), toNumber(slopeIm, PLACES)) * spacing)
  }
  return undefined
}
