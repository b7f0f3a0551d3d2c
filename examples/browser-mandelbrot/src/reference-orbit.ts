import { BITS, toNumber, withBits } from './fixed-point.ts'
import type { View } from './view.ts'

/** Escaped: beyond this the colours do not depend on how far. */
export const ESCAPE_RADIUS = 256

/** Binary places beyond those of the smallest thing to be seen: the errors of ten thousands of steps stay below it. */
const GUARD_BITS = 64

/**
 * z := z² + c from 0 on, for c at the centre of the view, with all the places that its depth needs, each z rounded to
 * doubles: re and im in turn. It ends when it escapes, or after `limit` steps.
 *
 * All other points of the picture are computed by their distance from this orbit, for which doubles suffice.
 */
export function referenceOrbit(view: View, limit: number): Float64Array {
  const bits = placesFor(view)
  const cRe = withBits(view.re, BITS, bits)
  const cIm = withBits(view.im, BITS, bits)
  const shift = BigInt(bits)
  const orbit = new Float64Array(2 * (limit + 1))
  let [re, im] = [0n, 0n]
  for (let n = 1; n <= limit; n++) {
    const [re2, im2, cross] = [re * re, im * im, re * im]
    re = ((re2 - im2) >> shift) + cRe
    im = (cross >> (shift - 1n)) + cIm
    const [x, y] = [toNumber(re, bits), toNumber(im, bits)]
    orbit[2 * n] = x
    orbit[2 * n + 1] = y
    if (x * x + y * y > ESCAPE_RADIUS ** 2) return orbit.slice(0, 2 * (n + 1))
  }
  return orbit
}

/** Whole words, for those are what BigInts are made of. */
function placesFor({ size }: View): number {
  return Math.min(BITS, Math.ceil((GUARD_BITS - Math.log2(size)) / 64) * 64 + 64)
}
