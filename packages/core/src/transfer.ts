/**
 * Takes a buffer's memory over: the buffer is empty afterwards, as after a `postMessage` that transfers it. Memory that
 * cannot be taken over, such as what Node shares among small `Buffer`s, is copied.
 *
 * Not by `buffer.transfer()`: that takes even what small `Buffer`s share, and Node could make none any more
 * (nodejs/node#61362).
 */
export function takeOver(buffer: ArrayBuffer): ArrayBuffer {
  // What is empty may be so because it was taken over already, and can be neither taken nor copied.
  if (buffer.byteLength === 0) return new ArrayBuffer(0)
  try {
    return structuredClone(buffer, { transfer: [buffer] })
  } catch {
    return buffer.slice(0)
  }
}

declare function structuredClone<T>(value: T, options: { transfer: readonly ArrayBuffer[] }): T
