import { escapeOf, type Scene } from './mandelbrot.ts'
import { colourOf } from './palette.ts'
import type { Tile } from './tiles.ts'

/** A scene as it is painted: so many pixels. */
export interface Picture extends Scene {
  readonly width: number
  readonly height: number
}

/** How far a pixel is from the centre of the picture, in the plane: upwards is positive there. */
export function offsetOf({ width, height, spacing }: Omit<Picture, 'orbit' | 'limit'>, x: number, y: number) {
  return { re: (x + 0.5 - width / 2) * spacing, im: (height / 2 - y - 0.5) * spacing }
}

/** Paints one row of a tile: red, green, blue and opacity of each pixel. */
export function paintRow(picture: Picture, tile: Tile, row: number, pixels: Uint8ClampedArray): void {
  let at = row * tile.width * 4
  for (let column = 0; column < tile.width; column++) {
    const { re, im } = offsetOf(picture, tile.x + column, tile.y + row)
    const [red, green, blue] = colourOf(escapeOf(picture, re, im))
    pixels[at++] = red
    pixels[at++] = green
    pixels[at++] = blue
    pixels[at++] = 255
  }
}
