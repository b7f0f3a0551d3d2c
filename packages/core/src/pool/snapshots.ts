import { UnreadBlobs, withContents } from '../blob.ts'
import { encode } from '../codec.ts'
import type { ChunkEncoder } from './chunk-encoder.ts'

/** Inputs as they were when they were read; from the first Blob on, which has to be read itself, they wait for that. */
export class Snapshots {
  readonly encoder: ChunkEncoder
  waiting: unknown[] | undefined
  readonly #blobs = new Set<UnreadBlobs['blobs'][number]>()

  constructor(encoder: ChunkEncoder) {
    this.encoder = encoder
  }

  add(input: unknown): void {
    if (this.waiting !== undefined) return this.#wait(input)
    try {
      this.encoder.add(input)
    } catch (error) {
      if (!(error instanceof UnreadBlobs)) throw error
      this.waiting = []
      this.#wait(input)
    }
  }

  async complete(): Promise<void> {
    const { waiting } = this
    if (waiting === undefined) return
    await withContents([...this.#blobs], () => {
      for (const input of waiting) this.encoder.add(input)
    })
  }

  release(): void {
    this.encoder.release()
  }

  #wait(input: unknown): void {
    this.waiting!.push(input)
    for (const blob of unreadIn(input)) this.#blobs.add(blob)
  }
}

/** @throws EncodeError if it cannot travel */
function unreadIn(input: unknown): UnreadBlobs['blobs'] {
  try {
    encode([input])
    return []
  } catch (error) {
    if (error instanceof UnreadBlobs) return error.blobs
    throw error
  }
}
