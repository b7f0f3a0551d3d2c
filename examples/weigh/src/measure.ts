import { closeSync, openSync, readSync } from 'node:fs'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { type Batch, BLOCK, type Piece } from './batches.ts'
import { packageOf } from './packages.ts'
import { addToPackage, type Sizes } from './sizes.ts'
import { type Unreadable, unreadable } from './walk.ts'

/** zlib's default, and a brotli quality that a build would pay for: about fifteen megabytes a second and core. */
export const GZIP_LEVEL = 6
export const BROTLI_QUALITY = 8

/** What a batch weighs, merged per package. */
export interface Measured {
  packages: Map<string, Sizes>
  unreadable: Unreadable[]
}

/** Measures `batch`, found below `folder`. A process does nothing else meanwhile, so the calls can be synchronous. */
export function measureBatch(batch: Batch, folder: string): Measured {
  const measured: Measured = { packages: new Map(), unreadable: [] }
  for (const piece of batch) {
    try {
      addToPackage(measured.packages, packageOf(piece.path, folder), measurePiece(piece))
    } catch (error) {
      measured.unreadable.push(unreadable(piece.path, error))
    }
  }
  return measured
}

function measurePiece(piece: Piece): Sizes {
  const bytes = readPiece(piece)
  return { files: piece.offset === 0 ? 1 : 0, raw: bytes.length, gzip: gzip(bytes), brotli: brotli(bytes) }
}

/** One buffer for all pieces of a process: fresh megabytes for each would cost more than reading them. */
let buffer = new Uint8Array(0)

/** Reads what is there: a file that has shrunk since the walk is as long as it is now. */
function readPiece({ path, offset, length }: Piece): Uint8Array {
  if (buffer.length < length) buffer = new Uint8Array(BLOCK)
  const file = openSync(path, 'r')
  try {
    let end = 0
    while (end < length) {
      const read = readSync(file, buffer, end, length - end, offset + end)
      if (read === 0) break
      end += read
    }
    return buffer.subarray(0, end)
  } finally {
    closeSync(file)
  }
}

const gzip = (bytes: Uint8Array) => gzipSync(bytes, { level: GZIP_LEVEL }).length

const brotli = (bytes: Uint8Array) =>
  brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  }).length
