import { describe, expect, test } from 'vitest'
import { tilesOf } from '../src/tiles.ts'

describe.each([
  [640, 480],
  [130, 64],
  [1, 1],
  [65, 200],
])('the tiles of a picture of %d by %d', (width, height) => {
  const tiles = tilesOf(width, height)

  test('cover every pixel once', () => {
    const covered = new Uint8Array(width * height)
    for (const { x, y, width: columns, height: rows } of tiles)
      for (let row = y; row < y + rows; row++)
        for (let column = x; column < x + columns; column++) covered[row * width + column]!++
    expect(covered.every((times) => times === 1)).toBe(true)
  })

  test('come from the centre outwards, numbered', () => {
    const distances = tiles.map((tile) =>
      Math.hypot(tile.x + tile.width / 2 - width / 2, tile.y + tile.height / 2 - height / 2),
    )
    expect(distances).toEqual([...distances].sort((a, b) => a - b))
    expect(tiles.map(({ id }) => id)).toEqual(tiles.map((_, at) => at))
  })
})
