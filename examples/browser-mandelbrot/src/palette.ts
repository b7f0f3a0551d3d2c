import type { Escape } from './mandelbrot.ts'

export type Colour = readonly [red: number, green: number, blue: number]

const SET: Colour = [0, 0, 0]
/** A cycle of colours, evenly spaced. */
const STOPS: readonly Colour[] = [
  [12, 20, 69],
  [28, 92, 160],
  [140, 205, 225],
  [247, 244, 226],
  [242, 180, 76],
  [176, 74, 42],
  [58, 22, 54],
]
/** The deeper, the more steps between two points of a picture: the root evens that out. */
const CYCLES_PER_ROOT = 0.3
/** So that the plane around the whole set is of the first colour. */
const FIRST = 0.55
/** Closer to the set than so many pixels it gets dark: its filaments are thinner than a pixel, and would be noise. */
const SHADE = 0.6

/** The colour of a point that escapes like this, or does not. */
export function colourOf(how: Escape | undefined): Colour {
  if (how === undefined) return SET
  const light = Math.sqrt(Math.min(1, how.distance / SHADE))
  const [red, green, blue] = gradient(CYCLES_PER_ROOT * Math.sqrt(Math.max(0, how.steps)) - FIRST)
  return [red * light, green * light, blue * light]
}

/** The colour at so many cycles. */
export function gradient(cycles: number): Colour {
  const place = (cycles - Math.floor(cycles)) * STOPS.length
  const from = STOPS[Math.floor(place) % STOPS.length]!
  const to = STOPS[(Math.floor(place) + 1) % STOPS.length]!
  const share = smooth(place % 1)
  return [mix(from[0], to[0], share), mix(from[1], to[1], share), mix(from[2], to[2], share)]
}

const smooth = (share: number) => share * share * (3 - 2 * share)
const mix = (from: number, to: number, share: number) => from + (to - from) * share
