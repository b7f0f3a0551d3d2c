import type { JoinableQueue, Queue } from '@millrace/browser'
import { Breath, breathe } from './breath.ts'
import { type Picture, paintRow } from './paint.ts'
import type { Tile } from './tiles.ts'

export { referenceOrbit } from './reference-orbit.ts'

/** A tile that was painted: its colours, and how often it was handed out until then. */
export interface Painted {
  readonly tile: Tile
  readonly pixels: Uint8ClampedArray<ArrayBuffer>
  readonly deliveries: number
}

/**
 * Paints tiles until it is ended. It may be ended at any instant: a tile that is not done by then goes to another.
 * The result and the word that the tile is done leave together, so that neither gets there without the other.
 */
export async function paint(picture: Picture, tiles: JoinableQueue<Tile>, results: Queue<Painted>): Promise<never> {
  for (;;) {
    const { item: tile, deliveries, done } = await tiles.receive()
    const pixels = await paintTile(picture, tile)
    await results.put({ tile, pixels, deliveries }, { transfer: true })
    done()
  }
}

async function paintTile(picture: Picture, tile: Tile): Promise<Painted['pixels']> {
  const pixels = new Uint8ClampedArray(tile.width * tile.height * 4)
  const breath = new Breath()
  // So that the page sees at once that the tile was taken.
  await breathe()
  for (let row = 0; row < tile.height; row++) {
    paintRow(picture, tile, row, pixels)
    await breath.due()
  }
  return pixels
}
