interface Transferable extends ArrayBuffer {
  /** Newer platforms have it. */
  transfer?(): ArrayBuffer
}

/**
 * Takes a buffer's memory over: the buffer is empty afterwards, as after a `postMessage` that transfers it. Memory that
 * cannot be taken over, such as what Node shares among small `Buffer`s, is copied.
 */
export function takeOver(buffer: Transferable): ArrayBuffer {
  try {
    return buffer.transfer?.() ?? structuredClone(buffer, { transfer: [buffer] })
  } catch {
    return buffer.slice(0)
  }
}

declare function structuredClone<T>(value: T, options: { transfer: readonly ArrayBuffer[] }): T
