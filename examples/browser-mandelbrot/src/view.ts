import { BITS, formatFixed, fromNumber, parseFixed } from './fixed-point.ts'

/** A part of the plane: its centre, in fixed point, and how much of the plane the picture's shorter side shows. */
export interface View {
  readonly re: bigint
  readonly im: bigint
  readonly size: number
}

/** Distances from the orbit are doubles, whose squares have to be doubles still where they count. */
export const DEEPEST = 1e-140
const WIDEST = 4

export function viewOf(re: string, im: string, size: number): View {
  return { re: parseFixed(re), im: parseFixed(im), size }
}

/** Where the picture begins. */
export const HOME = viewOf('-0.65', '0', 2.5)

/** `factor` times closer, or with less than 1 farther, around a point so far from the centre: that point stays put. */
export function zoom(view: View, factor: number, dRe = 0, dIm = 0): View {
  const size = Math.min(WIDEST, Math.max(DEEPEST, view.size / factor))
  const stays = 1 - size / view.size
  return { ...move(view, dRe * stays, dIm * stays), size }
}

/** The same so far to the right and upwards. */
export function move({ re, im, size }: View, dRe: number, dIm: number): View {
  return { re: re + fromNumber(dRe), im: im + fromNumber(dIm), size }
}

/** Points close to the set escape late, and the later the smaller what is shown. */
export function limitFor({ size }: View): number {
  return Math.round(500 + 300 * Math.max(0, -Math.log10(size)))
}

/** The centre, with as many places as make a difference. */
export function describe({ re, im, size }: View): string {
  const places = Math.min(Math.floor(BITS * Math.log10(2)), Math.max(3, Math.ceil(3 - Math.log10(size))))
  const [right, up] = [formatFixed(re, places), formatFixed(im < 0n ? -im : im, places)]
  return `${right.replace('-', '−')} ${im < 0n ? '−' : '+'} ${up} i`
}

/** As people write it: 4.0·10⁻³⁰. */
export function describeSize(size: number): string {
  if (size >= 0.01) return String(Number(size.toPrecision(2)))
  const [digits, exponent = ''] = size.toExponential(1).split('e-')
  return `${digits}·10⁻${exponent.replace(/\d/g, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]!)}`
}
