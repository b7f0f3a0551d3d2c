/** What every platform has of `Blob` and `File`. */
export interface BlobLike {
  readonly type: string
  readonly size: number
  readonly name?: string
  readonly lastModified?: number
  arrayBuffer(): Promise<ArrayBuffer>
}

interface Platform {
  readonly Blob?: new (parts: readonly unknown[], options: { type: string }) => BlobLike
  readonly File?: new (
    parts: readonly unknown[],
    name: string,
    options: { type: string; lastModified: number },
  ) => BlobLike
}

const { Blob, File } = globalThis as Platform

export function isBlob(value: object): value is BlobLike {
  return Blob !== undefined && value instanceof Blob
}

/** A `File` if it has a name, where there are such. */
export function blobOf(bytes: unknown, type: string, name: string | null, lastModified: number): unknown {
  if (name !== null && File !== undefined) return new File([bytes], name, { type, lastModified })
  return Blob === undefined ? bytes : new Blob([bytes], { type })
}

/** Thrown by an encoding that met Blobs whose bytes are not at hand: only a promise gives them. */
export class UnreadBlobs extends Error {
  readonly blobs: readonly BlobLike[]

  constructor(blobs: readonly BlobLike[]) {
    super('a Blob has to be read before it can be sent')
    this.blobs = blobs
  }
}

/** The bytes of the Blobs in the value that is being encoded, once they were read. */
let contents: ReadonlyMap<BlobLike, ArrayBuffer> | undefined

export function contentOf(blob: BlobLike): ArrayBuffer | undefined {
  return contents?.get(blob)
}

/** Reads Blobs, then does what could not be done without. */
export async function withContents<R>(blobs: readonly BlobLike[], encode: () => R): Promise<Awaited<R>> {
  const read = await Promise.all(blobs.map(async (blob) => [blob, await blob.arrayBuffer()] as const))
  contents = new Map(read)
  let result: R
  try {
    result = encode()
  } finally {
    contents = undefined
  }
  return await result
}
