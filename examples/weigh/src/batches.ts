import type { Entry } from './walk.ts'

/** A file, or one block of a large file. */
export interface Piece {
  path: string
  offset: number
  length: number
}

/** What one process measures at a time. */
export type Batch = Piece[]

/** Larger files are measured block by block, so that one huge binary keeps all processes busy and fills no memory. */
export const BLOCK = 4 * 1024 * 1024

/** A batch is full with this many bytes or files: a few hundredths of a second of work, far more than its way here. */
const BATCH_BYTES = 256 * 1024
const BATCH_FILES = 64

/** Gathers the files of a walk into batches and tells `other` of everything else. */
export async function* batchesOf(
  entries: AsyncIterable<Entry>,
  other: (entry: Exclude<Entry, { kind: 'file' }>) => void,
): AsyncGenerator<Batch> {
  let batch: Batch = []
  for await (const entry of entries) {
    if (entry.kind !== 'file') {
      other(entry)
      continue
    }
    for (const piece of piecesOf(entry.path, entry.size)) {
      const full = batch.length === BATCH_FILES || bytesOf(batch) + piece.length > BATCH_BYTES
      if (full && batch.length > 0) {
        yield batch
        batch = []
      }
      batch.push(piece)
    }
  }
  if (batch.length > 0) yield batch
}

/** An empty file is one empty piece: it has a size, if only once compressed. */
function* piecesOf(path: string, size: number): Generator<Piece> {
  let offset = 0
  do {
    yield { path, offset, length: Math.min(BLOCK, size - offset) }
    offset += BLOCK
  } while (offset < size)
}

export const bytesOf = (batch: Batch): number => batch.reduce((sum, piece) => sum + piece.length, 0)
