/** A part of a picture, in pixels. */
export interface Tile {
  readonly id: number
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A few hundredths of a second of work, mostly: far more than its way to a worker and back. */
export const TILE = 64

/** All of a picture, without a gap or an overlap, from its centre outwards. */
export function tilesOf(width: number, height: number, side = TILE): Tile[] {
  const places: Omit<Tile, 'id'>[] = []
  for (let y = 0; y < height; y += side)
    for (let x = 0; x < width; x += side)
      places.push({ x, y, width: Math.min(side, width - x), height: Math.min(side, height - y) })
  const distance = (tile: Omit<Tile, 'id'>) =>
    Math.hypot(tile.x + tile.width / 2 - width / 2, tile.y + tile.height / 2 - height / 2)
  return places.sort((a, b) => distance(a) - distance(b)).map((place, id) => ({ id, ...place }))
}
