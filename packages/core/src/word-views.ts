/** The same memory as bytes and as words of eight bytes; what is aligned is read and written in a single access. */
export interface WordViews {
  readonly bytes: Uint8Array
  readonly floats: Float64Array
  readonly integers: BigInt64Array
}

export function wordViews(buffer: ArrayBufferLike): WordViews {
  const words = Math.floor(buffer.byteLength / 8)
  return {
    bytes: new Uint8Array(buffer),
    floats: new Float64Array(buffer, 0, words),
    integers: new BigInt64Array(buffer, 0, words),
  }
}
