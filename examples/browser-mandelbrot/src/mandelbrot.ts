import { ESCAPE_RADIUS } from './reference-orbit.ts'

/** How a point escapes. */
export interface Escape {
  /** After how many steps, with a fraction, so that colours have no edges. */
  readonly steps: number
  /** Its distance from the set, in pixels, roughly. */
  readonly distance: number
}

/** What all points of a picture have in common. */
export interface Scene {
  readonly orbit: Float64Array
  /** A point that has not escaped after so many steps counts as one of the set. */
  readonly limit: number
  /** How far apart two pixels are. */
  readonly spacing: number
}

const ESCAPED = ESCAPE_RADIUS ** 2

/**
 * How the point at (`cRe`, `cIm`) from the centre of the picture escapes; undefined if it does not.
 *
 * Perturbation: with Z the reference orbit and z = Z + d the point's own, d := (2 Z + d) d + c. Only d and c need be
 * precise, and both are small, so doubles do, however deep the picture.
 *
 * Rebasing: where z comes closer to 0 than d is long, d would lose its digits. The orbit began at 0, so the point goes
 * on from there, with d = z; and so it does where the orbit ends. This is what keeps pictures free of glitches.
 */
export function escapeOf({ orbit, limit, spacing }: Scene, cRe: number, cIm: number): Escape | undefined {
  const last = orbit.length - 2
  let at = 0
  let [zRe, zIm, dRe, dIm] = [0, 0, 0, 0]
  // The derivative of z by c, in pixels: how fast neighbours part.
  let [pRe, pIm] = [0, 0]
  for (let step = 1; step <= limit; step++) {
    const p = 2 * (zRe * pRe - zIm * pIm) + spacing
    pIm = 2 * (zRe * pIm + zIm * pRe)
    pRe = p
    const sRe = 2 * orbit[at]! + dRe
    const sIm = 2 * orbit[at + 1]! + dIm
    const d = sRe * dRe - sIm * dIm + cRe
    dIm = sRe * dIm + sIm * dRe + cIm
    dRe = d
    at += 2
    zRe = orbit[at]! + dRe
    zIm = orbit[at + 1]! + dIm
    const size = zRe * zRe + zIm * zIm
    if (size > ESCAPED) return escapeAt(step, Math.sqrt(size), Math.hypot(pRe, pIm))
    if (at === last || size < dRe * dRe + dIm * dIm) {
      dRe = zRe
      dIm = zIm
      at = 0
    }
  }
  return undefined
}

/** `radius` is |z| after so many steps, `speed` that of its derivative. */
export function escapeAt(steps: number, radius: number, speed: number): Escape {
  const beyond = Math.log2(Math.log(radius) / Math.log(ESCAPE_RADIUS))
  return { steps: steps - beyond, distance: (radius * Math.log(radius)) / speed }
}
